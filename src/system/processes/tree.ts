import { parentInProc, variableInProc } from "./proc.ts";
import type { ProcessInfo, ProcessTable } from "./process.ts";
import { readPs, variableInPs } from "./ps.ts";

/**
 * The process and all its descendants, parents first; empty when there is no such process. A tmux server among them is left out with all
 * that runs in it: whoever started it, anybody may work there.
 */
export function processTree(table: ProcessTable, root: number): ProcessInfo[] {
  const children = childrenIn(table);
  const tree = new Set<ProcessInfo>();
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    const info = table.get(pid);
    if (info === undefined || tree.has(info)) continue;
    tree.add(info);
    pending.push(...(children.get(pid) ?? []).filter(({ name }) => !isTmuxServer(name)).map((child) => child.pid));
  }
  return [...tree];
}

/**
 * The processes that left a tree and its environment, but are still in a session that one of the tree has begun. The kernel gives a number
 * to nobody else while a session has it.
 */
export function leftInSessions(table: ProcessTable, tree: readonly ProcessInfo[]): ProcessInfo[] {
  const known = new Set(tree.map(({ pid }) => pid));
  const members = membersIn(table);
  return tree.flatMap(({ pid }) => members.get(pid) ?? []).filter(({ pid }) => !known.has(pid));
}

const membersByTable = new WeakMap<ProcessTable, Map<number | undefined, ProcessInfo[]>>();

/** The processes of each session, kept for the table as their children are. */
function membersIn(table: ProcessTable): Map<number | undefined, ProcessInfo[]> {
  const known = membersByTable.get(table);
  if (known !== undefined) return known;
  const members = Map.groupBy(table.values(), ({ session }) => session);
  membersByTable.set(table, members);
  return members;
}

const childrenByTable = new WeakMap<ProcessTable, Map<number, ProcessInfo[]>>();

/** Kept for the table, since the trees of many agents are asked of the same one. */
function childrenIn(table: ProcessTable): Map<number, ProcessInfo[]> {
  const known = childrenByTable.get(table);
  if (known !== undefined) return known;
  const children = Map.groupBy(table.values(), ({ parent }) => parent);
  childrenByTable.set(table, children);
  return children;
}

/** The ids of this process and of everything that led to it, the nearest first. */
export function ancestors(table: ProcessTable, pid: number): Set<number> {
  return lineage(pid, (current) => table.get(current)?.parent);
}

/** The ids of a process and of everything that led to it, as it is now. Where there is /proc, the other processes are not looked at for that. */
export async function currentAncestors(pid: number): Promise<Set<number>> {
  return process.platform === "linux" ? lineage(pid, parentInProc) : ancestors(await readPs(), pid);
}

function lineage(pid: number, parentOf: (pid: number) => number | undefined): Set<number> {
  const line = new Set<number>();
  let current = pid;
  for (let parent = parentOf(current); parent !== undefined && !line.has(current); parent = parentOf(current)) {
    line.add(current);
    current = parent;
  }
  return line;
}

/** What was read of the environments of processes before, by process id: of all a look costs, reading them is the most. */
export type SeenVariables = Map<number, { readonly start: string; readonly value: string | undefined }>;

/**
 * The processes that were started with this variable in their environment, by its value, wherever they were reparented to. `table` is
 * older than the look at the environments: a process id that was used again in between does not have the start that it says. Of those that
 * were `seen` before, the environment is not read again: what a program is started with later is not what it was handed by an agent.
 */
export async function processesByVariable(
  table: ProcessTable,
  name: string,
  seen: SeenVariables = new Map(),
): Promise<Map<string, ProcessInfo[]>> {
  const running = [...table.values()].filter(({ zombie }) => !zombie);
  const values = process.platform === "linux" ? variablesOf(running, name, seen) : await variableInPs(name);
  const byValue = new Map<string, ProcessInfo[]>();
  for (const info of running) {
    const value = values.get(info.pid);
    if (value !== undefined) byValue.set(value, [...(byValue.get(value) ?? []), info]);
  }
  return byValue;
}

function variablesOf(
  processes: readonly ProcessInfo[],
  name: string,
  seen: SeenVariables,
): Map<number, string | undefined> {
  const fresh = processes.filter(({ pid, start }) => seen.get(pid)?.start !== start);
  const read = variableInProc(
    name,
    fresh.map(({ pid }) => pid),
  );
  for (const { pid, start } of fresh) {
    seen.delete(pid);
    if (read.has(pid)) seen.set(pid, { start, value: read.get(pid) });
  }
  return new Map(processes.map(({ pid }) => [pid, seen.get(pid)?.value]));
}

/**
 * Sends a signal to a process that was seen to run a moment ago; one that has ended since gets nothing. Says whether we may: a process
 * of another user (sudo, su) cannot be ended by us.
 */
export function signalProcess({ pid }: Pick<ProcessInfo, "pid">, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EPERM") return false;
    if (code !== "ESRCH") throw error;
  }
  return true;
}

/**
 * Those processes that a command of ours may end, as far as can be told before it is tried: never ourselves, what we run in, or a tmux
 * server, which names itself so (`tmux: server`) whatever started it. What is dead already has nothing to end.
 */
export function endable(table: ProcessTable, processes: readonly ProcessInfo[]): ProcessInfo[] {
  const spared = ancestors(table, process.pid);
  return processes.filter(({ pid, name, zombie }) => !spared.has(pid) && !isTmuxServer(name) && !zombie);
}

/** Whether a process is a tmux server, by its name. Linux has `tmux: server`; macOS has the path of the program. */
export function isTmuxServer(name: string): boolean {
  return name.startsWith("tmux: server") || (process.platform !== "linux" && /(?:^|\/)tmux$/.test(name));
}
