import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/**
 * The processes that were started in a directory tree: its path is in their environment, or they are in it now. Read from
 * /proc; on a system without it nothing is found.
 */
export function processesIn(root: string): Process[] {
  return processIds().flatMap((pid) => {
    try {
      if (!belongsTo(root, pid)) return [];
      return [{ pid, parent: parentOf(pid), command: commandOf(pid) }];
    } catch {
      return []; // It has just ended, or it is another user's.
    }
  });
}

/** The processes that are neither one of `roots` nor below one. */
export function withoutTrees(processes: readonly Process[], roots: readonly number[]): Process[] {
  const excluded = new Set(roots);
  for (let size = -1; size !== excluded.size; ) {
    size = excluded.size;
    for (const { pid, parent } of processes) if (excluded.has(parent)) excluded.add(pid);
  }
  return processes.filter(({ pid }) => !excluded.has(pid));
}

/** Ends processes the hard way. That one has ended by itself meanwhile is fine. */
export function killProcesses(processes: readonly Pick<Process, "pid">[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {}
  }
}

/** Whether a process exists, be it another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

function processIds(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && pid !== process.pid);
}

function belongsTo(root: string, pid: number): boolean {
  if (readFileSync(`/proc/${pid}/environ`, "latin1").includes(root)) return true;
  return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${root}/`);
}

function parentOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The name in parentheses may contain anything; after it come the state and the parent.
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim().slice(0, 200);
}
