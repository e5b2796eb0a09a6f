import { processIdsInProc, readProc, startsInProc } from "./proc.ts";
import type { ProcessTable } from "./process.ts";
import { readPs, startsInPs } from "./ps.ts";

/** Every process of the machine, in one pass: /proc where there is one (2.6 ms for 390 processes), one `ps` elsewhere (10 ms). */
export async function readProcessTable(): Promise<ProcessTable> {
  return process.platform === "linux" ? readProc() : readPs();
}

/** The ids of all processes of the machine. */
export async function processIds(): Promise<number[]> {
  return process.platform === "linux" ? processIdsInProc() : [...(await readPs()).keys()];
}

/** When processes started, in the units of `ProcessInfo.start`, by id; those that do not run, or are zombies, are left out. */
export async function processStarts(pids: readonly number[]): Promise<Map<number, string>> {
  if (pids.length === 0) return new Map();
  return process.platform === "linux" ? startsInProc(pids) : startsInPs(pids);
}
