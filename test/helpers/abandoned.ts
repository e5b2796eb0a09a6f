import { globSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { isAlive, killProcesses, processesIn } from "./processes.ts";

/** Short, and not in TMPDIR, whose path may be long. */
export const sandboxPrefix = "/tmp/ft-";

/** In each sandbox: the process id of the test run it belongs to. */
export const ownerFile = "owner";

let done = false;

/** Ends and removes, once per test run, the sandboxes of runs that were killed or timed out. */
export function endAbandonedSandboxes(): void {
  if (done) return;
  done = true;
  for (const owner of globSync(`${sandboxPrefix}*/${ownerFile}`)) {
    if (!ownerLives(owner)) endSandbox(dirname(owner));
  }
}

function ownerLives(file: string): boolean {
  try {
    return isAlive(Number(readFileSync(file, "utf8")));
  } catch {
    return true; // Being removed, or another user's.
  }
}

function endSandbox(root: string): void {
  killProcesses(processesIn(root));
  rmSync(root, { recursive: true, force: true });
}
