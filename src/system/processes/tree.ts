import { processesWithVariableInProc } from "./proc.ts";
import type { ProcessInfo, ProcessTable } from "./process.ts";
import { processesWithVariableInPs } from "./ps.ts";
import { readProcessTable } from "./table.ts";

/** The process and all its descendants, parents first; empty when there is no such process. */
export function processTree(table: ProcessTable, root: number): ProcessInfo[] {
  const children = Map.groupBy(table.values(), (process) => process.parent);
  const tree: ProcessInfo[] = [];
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    const info = table.get(pid);
    if (info !== undefined && !tree.includes(info)) {
      tree.push(info);
      pending.push(...(children.get(pid) ?? []).map((child) => child.pid));
    }
  }
  return tree;
}

/** The ids of this process and of everything that led to it. */
export function ancestors(table: ProcessTable, pid: number): Set<number> {
  const line = new Set<number>();
  for (
    let current = table.get(pid);
    current !== undefined && !line.has(current.pid);
    current = table.get(current.parent)
  ) {
    line.add(current.pid);
  }
  return line;
}

/** The running processes that were started with `NAME=VALUE` in their environment, wherever they were reparented to. */
export async function processesWithVariable(assignment: string): Promise<ProcessInfo[]> {
  const linux = process.platform === "linux";
  const pids = linux ? processesWithVariableInProc(assignment) : await processesWithVariableInPs(assignment);
  const table = await readProcessTable();
  return pids.map((pid) => table.get(pid)).filter((info) => info !== undefined && !info.zombie) as ProcessInfo[];
}

/** Sends a signal to exactly this process; a process that has ended, or whose id was used again, gets nothing. */
export function signalProcess(
  table: ProcessTable,
  target: Pick<ProcessInfo, "pid" | "start">,
  signal: NodeJS.Signals,
): void {
  if (table.get(target.pid)?.start !== target.start) return;
  try {
    process.kill(target.pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
