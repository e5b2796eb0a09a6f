import { statSync } from "node:fs";
import { run } from "../system/exec.ts";

interface Known {
  readonly stamp: string;
  readonly version: string | null;
}

/** By path: what was found there last, so that a program is asked once and not at every request. */
const known = new Map<string, Known>();
const patienceMilliseconds = 5000;

/**
 * The version of the program that lies where ours lay when we were started, if it is another: `fleet` was upgraded, and this server is the
 * one of before. Null when it is the same, and when it cannot be told.
 */
export async function newerProgram(program: string, own: string): Promise<string | null> {
  const stamp = stampOf(program);
  const before = known.get(program);
  if (before === undefined) {
    known.set(program, { stamp, version: null });
    return null;
  }
  if (before.stamp === stamp) return before.version;
  const { exitCode, stdout } = await run([program, "--version"], {
    environment: {},
    timeoutMilliseconds: patienceMilliseconds,
  }).catch(() => ({ exitCode: 1, stdout: "" }));
  const found = exitCode === 0 ? /^fleet (\S+)/.exec(stdout)?.[1] : undefined;
  const version = found === undefined || found === own ? null : found;
  known.set(program, { stamp, version });
  return version;
}

function stampOf(program: string): string {
  const file = statSync(program, { throwIfNoEntry: false });
  return file === undefined ? "" : `${file.ino} ${file.mtimeMs} ${file.size}`;
}
