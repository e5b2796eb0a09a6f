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
    description: "with --wait: give up after 90s, 10m ...: exit code 124",
  },
  commit: { type: "boolean", description: "with --wait: put what is not committed on the branch" },
  message: { type: "string", alias: "m", valueHint: "TEXT", description: "with --commit: the message" },
  push: { type: "boolean", description: "with --wait: push the branch to origin" },
  junit: {
    type: "string",
    valueHint: "FILE",
    completes: "files",
    description: "with --wait: write a JUnit report with a case for each agent",
  },
  rm: { type: "boolean", description: "with --wait: end the agent afterwards, as fleet kill does" },
} as const satisfies CommandArguments;

/** What `--wait` promises about the work, for the help of each command that has it. */
export const waitDetails =
  "With --wait, standard error and --json say what became of the work. --rm keeps an agent that has something unsaved: a machine that is " +
  "thrown away takes saved work along; --commit puts it on the branch.";

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
  readonly attach?: boolean | undefined;
  readonly detach?: boolean | undefined;
}

/**
 * What the options of waiting ask of `command`; `undefined` without `--wait`. Throws FleetError `usage` for what cannot mean anything, a wait
 * for the reply to no prompt among it.
 */
export function readWaiting(
  application: Application,
  values: WaitValues,
  { command, prompted }: { readonly command: string; readonly prompted: boolean },
): Waiting | undefined {
  const problem = values.wait === true ? problemOfWaiting(values, prompted) : problemWithoutWaiting(values);
  if (problem !== undefined) throw new FleetError("usage", problem, { hint: `see fleet ${command} --help` });
  if (values.wait !== true) return undefined;
  return {
    timeoutMilliseconds: values.timeout === undefined ? undefined : durationOption("--timeout", values.timeout) * 1000,
    remove: values.rm === true,
    commitMessage: values.commit === true ? (values.message ?? "Work of an agent") : undefined,
    push: values.push === true,
    writeReport: values.junit === undefined ? undefined : reportFile(application, "junit", values.junit),
  };
}

function problemWithoutWaiting(values: WaitValues): string | undefined {
  const needy = (["timeout", "rm", "commit", "push", "junit"] as const).find((name) => values[name] !== undefined);
  if (needy !== undefined) return `--${needy} goes with --wait`;
  return values.message === undefined ? undefined : "--message goes with --commit";
}

function problemOfWaiting({ message, commit, attach, detach }: WaitValues, prompted: boolean): string | undefined {
  if (!prompted) return "--wait needs a prompt to wait for the reply to";
  if (message !== undefined && commit !== true) return "--message goes with --commit";
  if (attach === true || detach === true) return "--wait cannot be combined with --attach or --detach";
  return undefined;
}
