import { exitCodes, FleetError } from "../errors.ts";
import { writeAll } from "./streams.ts";
import { harmless } from "./text.ts";

/**
 * Tells the user why a command failed, on standard error, or as the JSON answer on standard output, and returns the exit code. What
 * is not a FleetError is a bug of ours and is shown with what is needed to report it.
 */
export function reportFailure(error: unknown, json: boolean): number {
  const failure = error instanceof FleetError ? error : (asRefusal(error) ?? asBug(error));
  if (json)
    writeAll(
      1,
      `${JSON.stringify({ version: 1, error: { kind: failure.kind, message: failure.message, hint: failure.hint ?? null } }, null, 2)}\n`,
    );
  else writeAll(2, failureText(failure));
  return exitCodes[failure.kind];
}

/** The lines that tell of a failure: what, the words of the program that failed, what to do. */
export function failureText({ message, output, hint }: Pick<FleetError, "message" | "output" | "hint">): string {
  const lines = [
    `✗ ${harmless(message)}`,
    ...(output === undefined
      ? []
      : harmless(output)
          .split("\n")
          .map((line) => `  │ ${line}`)),
    ...(hint === undefined ? [] : [`  ${harmless(hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}

/** What the operating system refuses is no bug of ours: a full disk, a missing permission, a path that cannot be. */
function asRefusal(error: unknown): FleetError | undefined {
  const { code, path, message } = (error instanceof Error ? error : {}) as Partial<NodeJS.ErrnoException>;
  if (path === undefined || !refusals.has(code ?? "")) return undefined;
  const reason = /^[A-Z]+: ([^,]+)/.exec(message ?? "")?.[1] ?? message;
  return new FleetError("failed", `${path}: ${reason}`, {
    hint: "to see which paths are used, run fleet config show",
    cause: error,
  });
}

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
]);

function asBug(error: unknown): FleetError {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return new FleetError("bug", `this is a bug in fleet: ${message}`, {
    ...(stack === undefined ? {} : { output: stack }),
    hint: "please report it with the lines above and the output of: fleet doctor",
    cause: error,
  });
}
