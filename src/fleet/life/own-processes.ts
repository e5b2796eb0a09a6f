import { agentFiles } from "../../state/places.ts";
import type { ProcessInfo, ProcessTable } from "../../system/processes/process.ts";
import { readProcessTable } from "../../system/processes/table.ts";
import {
  ancestors,
  endable,
  isTmuxServer,
  leftInSessions,
  processesByVariable,
  processTree,
  type SeenVariables,
} from "../../system/processes/tree.ts";
import type { Pane } from "../../system/tmux/panes.ts";
import { cappedProcesses } from "../capped.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import type { Observation } from "../watch/observe.ts";

/** A process, and the id of the agent that it belongs to. */
export interface Owned {
  readonly agent: string;
  readonly info: ProcessInfo;
}

/** All processes of the machine at a moment, and those among them that belong to agents. */
export interface ProcessLook {
  readonly table: ProcessTable;
  readonly owned: readonly Owned[];
}

/**
 * Finds the trees below the panes, what has left them within their sessions, and all that carries the agents' ids. An agent may have
 * started a tmux server, which then is no agent's.
 */
export async function lookAtProcesses(
  fleet: Fleet,
  observations: readonly Observation[],
  seen: SeenVariables,
): Promise<ProcessLook> {
  const table = await readProcessTable();
  const marked = await processesByVariable(table, "AI_FLEET_ID", seen);
  const all = observations.flatMap(({ entry, pane, processes }) => {
    const tree = pane === undefined ? outOfReach(table, processes) : belowPane(table, pane);
    const capped = entry.sandbox === undefined ? [] : [...cappedProcesses(agentFiles(statePlaces(fleet), entry.id))];
    const members = capped.flatMap((pid) => table.get(pid) ?? []);
    const found = [
      ...tree,
      ...leftInSessions(table, tree),
      ...members,
      ...(marked.get(entry.id) ?? []).filter((info) => !isBelowTmux(table, info)),
    ];
    return endable(table, found).map((info) => ({ agent: entry.id, info }));
  });
  return { table, owned: [...new Map(all.map((owned) => [owned.info.pid, owned])).values()] };
}

function belowPane(table: ProcessTable, { dead, pid }: Pane): ProcessInfo[] {
  return dead ? [] : processTree(table, pid);
}

/** What an agent outside of any pane that we can see consisted of when it was looked at, as far as it lives, and what it has started since. */
function outOfReach(table: ProcessTable, processes: readonly ProcessInfo[]): ProcessInfo[] {
  const living = processes.filter(({ pid, start }) => table.get(pid)?.start === start);
  return living.flatMap(({ pid }) => processTree(table, pid));
}

/**
 * A tmux server that an agent started hands our mark on to whatever anybody starts in it later: below a server that is not the agent's
 * own pane, the mark proves nothing.
 */
function isBelowTmux(table: ProcessTable, { parent }: ProcessInfo): boolean {
  return [...ancestors(table, parent)].some((pid) => isTmuxServer(table.get(pid)?.name ?? ""));
}
