import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { FleetError } from "../errors.ts";
import { readTextIfExists } from "../system/files.ts";
import type { Environment } from "./paths.ts";

/**
 * The text of the configuration file. Where there is none it is written first, for the user alone; several first runs at the same
 * time write it once. Throws `FleetError` "config" when it can be neither read nor written.
 */
export async function readOrWriteConfig(
  file: string,
  environment: Environment,
): Promise<{ readonly text: string; readonly firstRun: boolean }> {
  const text = readIfThere(file);
  if (text !== undefined) return { text, firstRun: false };
  const { firstRunText } = await import("./template.ts");
  const written = firstRunText(environment);
  if (writeIfAbsent(file, written)) return { text: written, firstRun: true };
  return { text: readIfThere(file) ?? refuseDanglingLink(file), firstRun: false };
}

function readIfThere(file: string): string | undefined {
  try {
    return readTextIfExists(file);
  } catch (error) {
    const reason = error instanceof FleetError ? "it is not a file" : reasonOf(error);
    throw new FleetError("config", `cannot read ${file}: ${reason}`, {
      hint: `to look at it, run ls -ld ${file}`,
      cause: error,
    });
  }
}

/** Another first run may be reading what is half written: the text is comments alone, so that every beginning of it is valid. */
function writeIfAbsent(file: string, text: string): boolean {
  makeHome(dirname(file));
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw cannotWrite(file, error);
  }
}

function makeHome(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw cannotWrite(directory, error);
  }
}

function cannotWrite(path: string, error: unknown): FleetError {
  return new FleetError("config", `cannot write ${path}: ${reasonOf(error)}`, {
    hint: "to keep everything of fleet in another place, run export AI_FLEET_HOME=DIRECTORY",
    cause: error,
  });
}

function refuseDanglingLink(file: string): never {
  throw new FleetError("config", `cannot read ${file}: it is a link to a file that does not exist`, {
    hint: `to start afresh, run rm ${file}`,
  });
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** `permission denied`, of `EACCES: permission denied, open '/x'`. */
export function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
