import { FleetError } from "../errors.ts";
import { isDirectory } from "./files.ts";

/**
 * Why a program could not be started, of what the system said: FleetError `missing-tool` when there is none, `failed` when its directory is
 * missing or a limit is reached; anything else is handed back as it is.
 */
export function startFailure(
  [program]: readonly string[],
  directory: string | undefined,
  cause: NodeJS.ErrnoException,
): Error {
  const { code = "", message } = cause;
  if (limits.includes(code)) return limitReached(program, cause);
  if (!["ENOENT", "ENOTDIR", "EACCES", "ENOEXEC"].includes(code)) return cause;
  if (directory !== undefined && !isDirectory(directory)) {
    return new FleetError("failed", `there is no directory ${directory}`, { cause });
  }
  const why = code === "ENOENT" ? "there is no such program" : message.replace(/^[A-Z]+: |,.*$/g, "");
  return new FleetError("missing-tool", `${program} could not be started: ${why}`, {
    code: "program-missing",
    hint: "to see what is missing, run fleet doctor",
    cause,
  });
}

/** What the system says when it has no room for another program, or for such words. */
const limits = ["EAGAIN", "ENOMEM", "EMFILE", "ENFILE", "E2BIG"];

function limitReached(program: string | undefined, cause: NodeJS.ErrnoException): FleetError {
  const why = cause.message.replace(/^[A-Z0-9]+: |,.*$/g, "");
  return new FleetError("failed", `${program} could not be started: ${why}`, {
    code: "refused-by-system",
    hint: "to see the limits here, run ulimit -a",
    cause,
  });
}
