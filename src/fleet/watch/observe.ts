import { findAgent } from "../../agents/catalog.ts";
import { FleetError } from "../../errors.ts";
import { isContainer } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type AgentFiles, agentFiles } from "../../state/places.ts";
import { environmentOf } from "../../system/processes/proc.ts";
import type { ProcessInfo, ProcessTable } from "../../system/processes/process.ts";
import { readProcessTable } from "../../system/processes/table.ts";
import { processTree } from "../../system/processes/tree.ts";
import { capturePanes, listPanes, type Pane, panesByAgent } from "../../system/tmux/panes.ts";
import { cappedProcesses, firstInContainer } from "../capped.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import { agentProcess } from "./agent-process.ts";
import { readRuntime } from "./runtime.ts";
import { type AgentStatus, statusOf, statusWith } from "./status.ts";

/** An agent as it is at this moment. */
export interface Observation {
  readonly entry: AgentEntry;
  readonly status: AgentStatus;
  /** The agent's pane, alive or dead; `undefined` when its session is gone. */
  readonly pane: Pane | undefined;
  /** Panes of other sessions that are called as the agent's would be. */
  readonly namesakes: readonly Pane[];
  /** Everything that runs in the pane, the launcher first. */
  readonly processes: readonly ProcessInfo[];
  /** Why its tmux server did not tell of it: whether it has a session is not known. */
  readonly untold?: FleetError;
}

/**
 * Looks at agents: one question to each tmux server and one pass over the processes, whatever their number, unless they are `known`. Throws
 * FleetError `failed` when a server does not tell: what it has is not known to be gone.
 */
export async function observeAgents(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  known: () => Promise<ProcessTable> = readProcessTable,
): Promise<Observation[]> {
  const words = tellingWords(fleet, entries);
  return observeThrough(fleet, entries, (socket) => listPanes(serverAt(fleet, socket), words), known);
}

/**
 * Looks at agents for those whom one server that hangs must not keep from the others: agents of a tmux server that does not tell are
 * `unknown`, with tmux' words, and all others are seen.
 */
export async function lookAtAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Observation[]> {
  const words = tellingWords(fleet, entries);
  const silent = new Map<string, FleetError>();
  const observations = await observeThrough(fleet, entries, async (socket) => {
    try {
      return await listPanes(serverAt(fleet, socket), words);
    } catch (error) {
      if (!(error instanceof FleetError) || error.kind !== "failed") throw error;
      silent.set(socket, error);
      return [];
    }
  });
  return observations.map((observation) => {
    const error = silent.get(observation.entry.socket);
    if (error === undefined) return observation;
    return {
      ...observation,
      status: statusWith("unknown", { kind: "told", text: error.message }, undefined),
      untold: error,
    };
  });
}

async function observeThrough(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  panesOf: (socket: string) => Promise<Pane[]>,
  processes = readProcessTable,
): Promise<Observation[]> {
  if (entries.length === 0) return [];
  const sockets = [...new Set(entries.map(({ socket }) => socket))];
  // tmux is asked first, so that it works while the processes are read.
  const asked = Promise.all(sockets.map(panesOf));
  const [panesOfServers, table] = await Promise.all([asked, processes()]);
  const panes = panesByAgent(panesOfServers.flat());
  const byName = new Map(
    sockets.map((socket, index) => [
      socket,
      Map.groupBy(panesOfServers[index] ?? [], ({ sessionName }) => sessionName),
    ]),
  );
  const screens = await readScreens(fleet, entries, panes);
  return entries.map((entry) => {
    const pane = panes.get(entry.id);
    const called = byName.get(entry.socket)?.get(entry.session) ?? [];
    const namesakes = called.filter(({ session }) => session !== pane?.session);
    return { ...observe(fleet, entry, { pane, table, screen: screens.get(entry.id) ?? "" }), namesakes };
  });
}

/** What stands on the screens of these kinds of agents when they are to be read, as one regular expression. */
function tellingWords(fleet: Fleet, entries: readonly AgentEntry[]): string {
  const kinds = [...new Set(entries.map(({ agent }) => agent))];
  const words = kinds.map((kind) => findAgent(kind, fleet.settings.config.agents)?.readsScreen);
  return words.filter((word) => typeof word === "string").join("|");
}

/** The screens of the agents that cannot be understood without, in one question to each tmux server. */
async function readScreens(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  panes: ReadonlyMap<string, Pane>,
): Promise<Map<string, string>> {
  const shown = entries.flatMap((entry) => {
    const pane = panes.get(entry.id);
    const reads = findAgent(entry.agent, fleet.settings.config.agents)?.readsScreen;
    const tells = reads === true || (reads !== undefined && pane?.marked === true);
    return tells && pane !== undefined && !pane.dead ? [{ entry, pane: pane.pane }] : [];
  });
  const screens = new Map<string, string>();
  for (const [socket, group] of Map.groupBy(shown, ({ entry }) => entry.socket)) {
    const texts = await capturePanes(
      serverAt(fleet, socket),
      group.map(({ pane }) => pane),
      0,
    );
    for (const { entry, pane } of group) screens.set(entry.id, texts.get(pane) ?? "");
  }
  return screens;
}

/** Looks at one agent. */
export async function observeAgent(fleet: Fleet, entry: AgentEntry): Promise<Observation> {
  const [observation] = await observeAgents(fleet, [entry]);
  if (observation === undefined) throw new Error("an agent was observed and nothing came back");
  return observation;
}

/** The agent itself may have outlived its session: it carries its id in its environment, so no process that got its number can be it. */
function survivor({ id }: AgentEntry, pid: number | undefined): number {
  return pid !== undefined && environmentOf(pid)?.get("AI_FLEET_ID") === id ? pid : 0;
}

/** What runs in a container is nobody's descendant here. */
function inContainer({ sandbox }: AgentEntry, files: AgentFiles, table: ProcessTable): ProcessInfo[] {
  if (!isContainer(sandbox)) return [];
  const first = firstInContainer(files);
  const tree = first !== undefined && table.get(first.pid)?.start === first.start ? processTree(table, first.pid) : [];
  const members = [...cappedProcesses(files)].flatMap((pid) => table.get(pid) ?? []);
  return [...tree, ...members].filter(({ zombie }) => !zombie);
}

/** What was seen from outside of an agent, in the questions that are asked for all of them at once. */
interface Seen {
  readonly pane: Pane | undefined;
  readonly table: ProcessTable;
  /** Empty where the agent is understood without. */
  readonly screen: string;
}

function observe(fleet: Fleet, entry: AgentEntry, { pane, table, screen }: Seen): Omit<Observation, "namesakes"> {
  const files = agentFiles(statePlaces(fleet), entry.id);
  const runtime = readRuntime(files);
  const root = pane === undefined ? survivor(entry, runtime.pid) : pane.pid;
  const processes = [...(pane?.dead === true ? [] : processTree(table, root)), ...inContainer(entry, files, table)];
  const adapter = findAgent(entry.agent, fleet.settings.config.agents);
  const status = statusOf({ entry, files, runtime, pane, processes, adapter, environment: fleet.environment, screen });
  const pid = agentProcess(entry, processes, runtime.pid)?.pid ?? runtime.pid ?? entry.pid;
  return { entry: { ...entry, pid }, status, pane, processes };
}
