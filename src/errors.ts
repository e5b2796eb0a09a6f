/**
 * What kind of failure a command ended with. The kind decides the exit code and is what `--json` prints as `error.kind`.
 *
 * - `failed`: the request was fine but could not be done, or not for all
 * - `usage`, `config`: the request or a configuration file is wrong; nothing was started
 * - `missing-tool`: a program that is needed is absent or too old; nothing was started
 * - `timeout`: the time the user gave ran out
 * - `interrupted`, `terminated`: SIGINT or SIGTERM, after tidying up
 * - `bug`: ours
 */
export type FailureKind =
  | "failed"
  | "usage"
  | "config"
  | "missing-tool"
  | "timeout"
  | "interrupted"
  | "terminated"
  | "bug";

/** The exit code of each kind of failure. 3 and 124 follow what CI scripts already test for; 70 is EX_SOFTWARE of sysexits(3). */
export const exitCodes: Readonly<Record<FailureKind, number>> = {
  failed: 1,
  usage: 2,
  config: 2,
  "missing-tool": 3,
  bug: 70,
  timeout: 124,
  interrupted: 130,
  terminated: 143,
};

interface FailureDetails {
  /** What to do next. Ends in the command to type, so that it can be copied. */
  readonly hint?: string;
  /** The words of the program that failed, shown indented below the message. */
  readonly output?: string;
  readonly cause?: unknown;
}

/** The only error a user is meant to see: the message names the thing that is wrong, the hint says what to type next. */
export class FleetError extends Error {
  override readonly name = "FleetError";
  readonly kind: FailureKind;
  readonly hint: string | undefined;
  readonly output: string | undefined;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.hint = details.hint;
    this.output = details.output?.trim() || undefined;
  }
}
