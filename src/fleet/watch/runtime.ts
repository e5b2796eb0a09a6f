import { lstatSync, statSync } from "node:fs";
import type { AgentSignals } from "../../agents/adapter.ts";
import { isHeld, type SandboxSettings } from "../../model/sandbox.ts";
import { type AgentFiles, statusFileOf } from "../../state/places.ts";
import { readTextIfExists, readUntrusted } from "../../system/files.ts";

/** Where the launcher of an agent says it is. */
export type Phase =
  | { readonly kind: "setup"; readonly step: number }
  | { readonly kind: "failed"; readonly step: number; readonly code: number; readonly timedOut: boolean };

/** What the launcher and the agent have written so far. */
export interface Runtime {
  readonly phase: Phase | undefined;
  readonly pid: number | undefined;
  readonly exitCode: number | undefined;
}

/** Reads what the launcher of an agent has written. */
export function readRuntime(files: AgentFiles): Runtime {
  return {
    phase: parsePhase(readTextIfExists(files.phase)),
    pid: wholeNumber(readTextIfExists(files.pid)),
    exitCode: wholeNumber(readTextIfExists(files.exit)),
  };
}

/** The files of an agent whose age tells something. */
type Dated = "phase" | "pid" | "exit" | "stopped" | "endedByUs" | "uncapped" | "prompted" | "begun" | "overBudget";

/** When one of them was written last; `undefined` when it is not there. Most are not, and there may be a hundred agents: nothing is thrown. */
export function writtenAt(files: AgentFiles, which: Dated): Date | undefined {
  return statSync(files[which], { throwIfNoEntry: false })?.mtime;
}

interface Held {
  readonly sandbox?: SandboxSettings | undefined;
}

/** More than an agent has to say of itself. */
const longestEvent = 100_000;

/** What an agent last said of itself. Of one that is held in something, what is no small file is nothing. */
export function readEvent(files: AgentFiles, held: Held = {}): AgentSignals["event"] {
  const file = statusFileOf(files, held);
  const text = isHeld(held.sandbox) ? readUntrusted(file, longestEvent) : readTextIfExists(file);
  if (text === undefined) return undefined;
  const lineEnd = text.indexOf("\n");
  return {
    word: lineEnd < 0 ? text : text.slice(0, lineEnd),
    reason: lineEnd < 0 ? "" : text.slice(lineEnd + 1).trimEnd(),
    at: lstatSync(file).mtime,
  };
}

function parsePhase(text: string | undefined): Phase | undefined {
  const { setup, failed, code, timeout } =
    /^(?:setup (?<setup>\d{1,9})|failed (?<failed>\d{1,9}) (?<code>\d{1,9})(?<timeout> timeout)?)\n$/.exec(text ?? "")
      ?.groups ?? {};
  if (setup !== undefined) return { kind: "setup", step: Number(setup) };
  if (failed === undefined) return undefined;
  return { kind: "failed", step: Number(failed), code: Number(code), timedOut: timeout !== undefined };
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}\n$/.test(text) ? Number(text) : undefined;
}
