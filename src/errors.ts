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
  /** What it is, for programs: `unknown-target`. Words joined by dashes that stay the same when the message is worded anew. */
  readonly code?: string;
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
  readonly code: string | undefined;
  readonly hint: string | undefined;
  readonly output: string | undefined;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.code = details.code;
    this.hint = details.hint;
    this.output = details.output?.trim() || undefined;
  }
}

/** The message of an error with the first line that the program said that failed. */
export function inOneLine({ message, output }: FleetError): string {
  return output === undefined ? message : `${message}: ${output.split("\n")[0]}`;
}

/** An error that says the same thing in another message, or with another hint. */
export function reworded(error: FleetError, words: { readonly message?: string; readonly hint?: string }): FleetError {
  const { code, output } = error;
  const { message = error.message, hint = error.hint } = words;
  return new FleetError(error.kind, message, {
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...(output === undefined ? {} : { output }),
    cause: error,
  });
}

/** An error as programs get it. What is unknown is null. */
export interface ErrorForPrograms {
  readonly kind: FailureKind;
  readonly code: string | null;
  readonly message: string;
  readonly hint: string | null;
  /** What stands below the message: the words of the program that failed, or which of several are meant. */
  readonly output?: string;
}

/** An error as programs get it, of `--json` and of `fleet api`. Where a bug of ours is in our sources is for people. */
export function errorAsJson({ kind, code, message, hint, output }: FleetError): ErrorForPrograms {
  const known = { kind, code: code ?? null, message, hint: hint ?? null };
  return output === undefined || kind === "bug" ? known : { ...known, output };
}

/** The error that a user is told: what is no FleetError is a refusal of the operating system, else a bug of ours. */
export function asFleetError(error: unknown): FleetError {
  return asRefusal(error) ?? asBug(error);
}

/** What went wrong and what to do, where there is room for a sentence only, as in the notes of a server. */
export function withHint(error: unknown): string {
  if (!(error instanceof FleetError)) return error instanceof Error ? error.message : String(error);
  return error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
}

/**
 * An error that is no bug of ours: one that was worded already, or what the operating system refuses, such as a full disk, a missing
 * permission, a path that cannot be. `undefined` for what is one.
 */
export function asRefusal(error: unknown): FleetError | undefined {
  if (error instanceof FleetError) return error;
  const { code, path, message } = (error instanceof Error ? error : {}) as Partial<NodeJS.ErrnoException>;
  if (path === undefined || !refusals.has(code ?? "")) return undefined;
  const reason = /^[A-Z]+: ([^,]+)/.exec(message ?? "")?.[1] ?? message;
  // Of a file that is written beside another first, the user knows the other.
  const meant = path.replace(/\.\d+\.[0-9a-z]+\.tmp$/, "");
  return new FleetError("failed", `${meant}: ${reason}`, {
    code: "refused-by-system",
    hint: hintFor(code ?? "", meant),
    cause: error,
  });
}

/** The same for who goes on beside it. Throws what is a bug of ours. */
export function refusalOf(error: unknown): FleetError {
  const refusal = asRefusal(error);
  if (refusal === undefined) throw error;
  return refusal;
}

function hintFor(code: string, path: string): string {
  if (aboutDisks.has(code)) return "to see how the disk is, run fleet doctor";
  // Whoever has run git or fleet as another user, also in a container, has left what only that user can read.
  if (code === "EACCES") return `to see whose it is, run ls -ld '${path.replaceAll("'", "'\\''")}'`;
  return "to see which paths are used, run fleet config show";
}

const aboutDisks = new Set(["EROFS", "ENOSPC", "EDQUOT"]);

const refusals = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENOSPC",
  "EDQUOT",
  "EFBIG",
  "EIO",
  "EXDEV",
  "EEXIST",
  "ENOTDIR",
  "ENOENT",
  "EISDIR",
  "ENAMETOOLONG",
  "ELOOP",
  // Something is made in a directory, or is used, that is just being removed.
  "ENOTEMPTY",
  "EBUSY",
  "ETXTBSY",
  // A limit of the system or of a file system; a disk in the network that went away.
  "EMFILE",
  "ENFILE",
  "EMLINK",
  "ESTALE",
  "ENODEV",
  "ENXIO",
]);

function asBug(error: unknown): FleetError {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return new FleetError("bug", `this is a bug in fleet: ${message}`, {
    ...(stack === undefined ? {} : { output: stack }),
    hint: "please report it with the lines above and the output of: fleet doctor --report",
    cause: error,
  });
}
