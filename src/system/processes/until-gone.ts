import type { ProcessInfo } from "./process.ts";
import { processStarts } from "./table.ts";

const firstPauseMilliseconds = 2;
const longestPauseMilliseconds = 50;

/** Those that still run: another process may have the number of one by now. */
export async function running(processes: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
  const starts = await processStarts(processes.map(({ pid }) => pid));
  return processes.filter(({ pid, start }) => starts.get(pid) === start);
}

/** Waits until processes have ended, for so long at most. Returns those that still run then. */
export async function untilGone(processes: readonly ProcessInfo[], milliseconds: number): Promise<ProcessInfo[]> {
  const deadline = performance.now() + milliseconds;
  for (let pause = firstPauseMilliseconds; ; pause = Math.min(pause * 2, longestPauseMilliseconds)) {
    const left = await running(processes);
    if (left.length === 0 || performance.now() > deadline) return left;
    await Bun.sleep(pause);
  }
}
