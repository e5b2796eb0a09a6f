import { resolve } from "node:path";
import { loadConfig } from "../config/load.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Progress } from "../fleet/progress.ts";
import { createNarration, type Narration } from "../output/narration.ts";
import { writeAll } from "../output/streams.ts";
import { harmless, jsonText } from "../output/text.ts";
import type { Environment } from "../system/environment.ts";
import { isRealDirectory, realPath } from "../system/files.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Manual } from "./manual.ts";

/** What the words before a command, and who runs it, say of all commands. */
export interface ApplicationOptions {
  readonly json: boolean;
  /** `-C DIR` */
  readonly directory: string | undefined;
  readonly environment: Environment;
  readonly cancelled: AbortSignal;
  readonly manual: () => Promise<Manual>;
}

/** What every command works with. */
export interface Application {
  readonly json: boolean;
  /** Where users are, or say they are. */
  readonly directory: string;
  readonly environment: Environment;
  readonly cancelled: AbortSignal;
  readonly narration: Narration;
  manual(): Promise<Manual>;
  /**
   * Loads the configuration, writing it on the first run. Throws FleetError `config` when it cannot be used; one that only `looks` bears a
   * typo. With `environment` for somebody whose environment is another than ours.
   */
  openFleet(how?: { readonly looks?: boolean; readonly environment?: Environment }): Promise<Fleet>;
  /**
   * Prints lines of the answer on standard output: on a terminal without what it would act on, for names are others' words, elsewhere as
   * they are.
   */
  answer(lines: readonly string[]): void;
  /** Prints lines that have colours of ours; what others wrote in them is harmless already. */
  answerPainted(lines: readonly string[]): void;
  /** Prints the JSON answer. */
  answerJson(value: Readonly<Record<string, unknown>>): void;
}

/** Throws FleetError `usage` when the directory of `-C` does not exist. */
export function createApplication(options: ApplicationOptions): Application {
  const { json, environment, cancelled, manual } = options;
  const directory = workingDirectory(options);
  const narration = createNarration();
  return {
    json,
    directory,
    environment,
    cancelled,
    narration,
    manual,
    async openFleet({ environment: theirs = environment, ...how } = {}) {
      const settings = await loadConfig(theirs, how);
      if (settings.mistake !== undefined)
        narration.warning(`${settings.mistake.message}: left out; ${settings.mistake.hint ?? ""}`);
      if (settings.firstRun) narration.note(`wrote ${settings.file} with all settings and what they mean`);
      return {
        settings,
        environment: theirs,
        program: process.execPath,
        directory,
        cancelled,
        report: (progress) => narrate(narration, progress),
      };
    },
    answer: (lines) => writeAll(1, joined(isTerminal(1) ? lines.map(harmless) : lines)),
    answerPainted: (lines) => writeAll(1, joined(lines)),
    answerJson: (value) => writeAll(1, `${jsonText({ version: 1, ...value })}\n`),
  };
}

function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}

function workingDirectory({ directory }: ApplicationOptions): string {
  if (directory === undefined) return currentDirectory();
  const absolute = directory === "" ? undefined : realPath(resolve(currentDirectory(), directory));
  if (absolute !== undefined && isRealDirectory(absolute)) return absolute;
  throw new FleetError("usage", `-C: there is no directory ${JSON.stringify(directory)}`, {
    hint: "to see where you are, run pwd",
  });
}

/** The user may stand in a worktree that was just removed: that is outside of any repository. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function narrate(narration: Narration, progress: Progress): void {
  if (progress.kind === "step") narration.step(progress.step, progress.text, progress.seconds);
  else if (progress.kind === "present") narration.present(progress.step, progress.text);
  else if (progress.kind === "warning") narration.warning(progress.text);
  else narration.note(progress.text);
}
