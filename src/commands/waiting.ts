import { FleetError } from "../errors.ts";
import type { Application } from "./application.ts";
import type { CommandArguments } from "./definition.ts";
import { durationOption } from "./durations.ts";
import { reportFile, type WriteReport } from "./report-file.ts";

/** The options of every command that makes agents and may wait for what they do. */
export const waitOptions = {
  wait: { type: "boolean", description: "wait until the turn is done and print the reply" },
  timeout: {
    type: "string",
    valueHint: "TIME",
    needs: ["wait"],
    description: "give up after 90s, 10m ...: exit code 124",
  },
  commit: { type: "boolean", needs: ["wait"], description: "put what is not committed on the branch" },
  message: { type: "string", alias: "m", valueHint: "TEXT", needs: ["commit"], description: "the message" },
  push: { type: "boolean", needs: ["wait"], description: "push the branch to origin" },
  junit: {
    type: "string",
    valueHint: "FILE",
    completes: "files",
    needs: ["wait"],
    description: "write a JUnit report with a case for each agent",
  },
  rm: { type: "boolean", needs: ["wait"], description: "end the agent afterwards, as fleet kill does" },
} as const satisfies CommandArguments;

/** What `--wait` promises about the work, for the help of each command that has it. */
export const waitDetails =
  "With --wait, standard error and --json say what became of the work. --rm keeps an agent that has unsaved work, since a machine that is thrown away would take the saved copy with it; --commit puts that work on the branch.";

/** How long to wait for replies, and what becomes of the agents afterwards. */
export interface Waiting {
  readonly timeoutMilliseconds: number | undefined;
  readonly remove: boolean;
  /** The message of a commit with what is in none; without one nothing is committed. */
  readonly commitMessage: string | undefined;
  readonly push: boolean;
  readonly writeReport: WriteReport | undefined;
}

interface WaitValues {
  readonly wait?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly rm?: boolean | undefined;
  readonly commit?: boolean | undefined;
  readonly message?: string | undefined;
  readonly push?: boolean | undefined;
  readonly junit?: string | undefined;
}

/**
 * What the options of waiting ask of `command`; `undefined` without `--wait`. Throws FleetError `usage` for a wait for the reply to no prompt,
 * and for a duration that is none.
 */
export function readWaiting(
  application: Application,
  values: WaitValues,
  { command, prompted }: { readonly command: string; readonly prompted: boolean },
): Waiting | undefined {
  if (values.wait !== true) return undefined;
  if (!prompted) {
    throw new FleetError("usage", "--wait needs a prompt to wait for the reply to", {
      hint: `see fleet ${command} --help`,
    });
  }
  return {
    timeoutMilliseconds: values.timeout === undefined ? undefined : durationOption("--timeout", values.timeout) * 1000,
    remove: values.rm === true,
    commitMessage: values.commit === true ? (values.message ?? "Work of an agent") : undefined,
    push: values.push === true,
    writeReport: values.junit === undefined ? undefined : reportFile(application, "junit", values.junit),
  };
}
