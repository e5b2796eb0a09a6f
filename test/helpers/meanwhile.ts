import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "./sandbox.ts";

interface Moment {
  readonly tool: "git" | "tmux";
  /** What the words of a call must match: a pattern of the shell's `case`, which none of ours in between may. */
  readonly words: string;
  /** Only calls in this directory. */
  readonly directory?: string;
}

/** Lets a command of the shell run to its end right before the first call of a tool that is like that: what another user does between two looks. */
export function meanwhile(box: Sandbox, { tool, words, directory }: Moment, command: string): void {
  const real = Bun.which(tool);
  const moments = join(box.root, "moments");
  mkdirSync(moments, { recursive: true });
  const isThere = directory === undefined ? "true" : `[ "$(pwd -P)" = "${directory}" ]`;
  const isFirst = `mkdir "${moments}/${tool}" 2>/dev/null`;
  box.executable(
    tool,
    [
      "#!/bin/sh",
      `case "$*" in ${words}) if ${isThere} && ${isFirst}; then ( ${command} ) >&2; fi ;; esac`,
      `exec ${real} "$@"`,
      "",
    ].join("\n"),
  );
}
