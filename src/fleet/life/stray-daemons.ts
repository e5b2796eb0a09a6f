import type { AgentEntry } from "../../state/entry.ts";
import { realPath } from "../../system/files.ts";
import { workingDirectoryOf } from "../../system/processes/proc.ts";
import type { ProcessInfo, ProcessTable } from "../../system/processes/process.ts";
import { endable } from "../../system/processes/tree.ts";
import type { Fleet } from "../fleet.ts";
import type { Observation } from "../watch/observe.ts";

/**
 * A daemon that left the tree of the agent and lost its environment (one that writes a title of its own over it) cannot be told from one
 * that the user started there. It is named, and left alone.
 */
export function nameDaemons(
  fleet: Fleet,
  table: ProcessTable,
  observations: readonly Observation[],
  known: ReadonlySet<number>,
): void {
  const orphans = endable(
    table,
    [...table.values()].filter(({ parent, pid }) => isInit(table, parent) && !known.has(pid)),
  );
  const places = orphans.map((info) => ({ info, directory: workingDirectoryOf(info.pid) ?? "" }));
  for (const { entry } of observations) {
    const worktree = realPath(entry.worktree);
    if (worktree === undefined) continue;
    const there = places.filter(({ directory }) => directory === worktree || directory.startsWith(`${worktree}/`));
    for (const { info } of there) fleet.report({ kind: "warning", text: strayText(entry, info) });
  }
}

/** What orphans are given to: the first process, or the manager of the user's session. */
function isInit(table: ProcessTable, pid: number): boolean {
  return pid === 1 || table.get(pid)?.name === "systemd";
}

function strayText({ branch }: AgentEntry, { name, pid }: ProcessInfo): string {
  return `${branch}: ${name} (${pid}) still works in its worktree, and nothing proves that the agent started it; to end it, run kill ${pid}`;
}
