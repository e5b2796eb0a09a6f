import { readFileSync } from "node:fs";
import { uptime } from "node:os";
import type { ProcessInfo } from "./process.ts";

/** USER_HZ, the unit in which Linux says when a process started, is 100 on every machine it runs on: times(2). */
const ticksPerSecond = 100;

/** For how many seconds a process has been running; `undefined` where its start, or the clock that it is told by, cannot be read. */
export function ageOf({ start }: Pick<ProcessInfo, "start">): number | undefined {
  const seconds = /^\d+$/.test(start)
    ? sinceBoot() - Number(start) / ticksPerSecond
    : (Date.now() - Date.parse(start)) / 1000;
  return seconds >= 0 ? seconds : undefined;
}

/** The clock that the starts of processes are told by; in a container, others may be told something else. */
function sinceBoot(): number {
  try {
    return Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]);
  } catch {
    return uptime();
  }
}
