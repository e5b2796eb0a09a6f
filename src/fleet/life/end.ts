import { FleetError } from "../../errors.ts";
import { isContainer } from "../../model/sandbox.ts";
import { sandboxes } from "../../sandboxes/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { exists, realPath, writePrivateFile } from "../../system/files.ts";
import { workingDirectoryOf } from "../../system/processes/proc.ts";
import type { ProcessInfo, ProcessTable } from "../../system/processes/process.ts";
import { processStarts, readProcessTable } from "../../system/processes/table.ts";
import {
  ancestors,
  currentAncestors,
  endable,
  isTmuxServer,
  leftInSessions,
  processesByVariable,
  processTree,
  type SeenVariables,
  signalProcess,
} from "../../system/processes/tree.ts";
import { capturePanes, type Pane } from "../../system/tmux/panes.ts";
import { cappedProcesses, releaseCaps } from "../capped.ts";
import { type Fleet, serverAt, statePlaces } from "../fleet.ts";
import type { Observation } from "../watch/observe.ts";
import { bringLoginsBack, takeInWork } from "../worktree/taken.ts";
import { endAgentSessions } from "./end-sessions.ts";

/** Agents write their transcripts when they are asked to end; this is how long they may take. */
const graceMilliseconds = 3000;
const firstPauseMilliseconds = 2;
const longestPauseMilliseconds = 50;
/** How much of the screen's history is kept when its session ends. */
const keptLines = 10_000;

/**
 * Ends everything of agents: the trees below their panes and whatever was started by them and left those trees are asked to end, then
 * the sessions go, then what is still there is killed. Never a tmux server, `fleet` itself or what it runs in. The last screens are
 * kept. All agents go through each step together, so that many take as long as one. Returns what could not be ended, by the id of the agent.
 */
export async function endAgents(
  fleet: Fleet,
  observations: readonly Observation[],
): Promise<ReadonlyMap<string, readonly ProcessInfo[]>> {
  await keepScreens(fleet, observations);
  noteEnd(fleet, observations);
  const seen: SeenVariables = new Map();
  const { owned: found } = await lookAtProcesses(fleet, observations, seen);
  const asked = found.filter((owned) => !isWrapper(owned, observations));
  await untilGone(
    await signalAll(
      asked.map(({ info }) => info),
      "SIGTERM",
    ),
  );
  for (const [socket, group] of bySocket(observations)) {
    await endAgentSessions(
      fleet,
      socket,
      group.map(({ pane }) => pane),
    );
  }
  const last = await killRest(
    fleet,
    observations,
    asked.map(({ info }) => info),
    seen,
  );
  const entries = observations.map(({ entry }) => entry);
  await endContainers(fleet, entries);
  await takeInWork(fleet, entries);
  await bringLoginsBack(fleet, entries);
  const held = entries.filter(({ sandbox }) => sandbox !== undefined);
  for (const { id } of held) await releaseCaps(agentFiles(statePlaces(fleet), id), fleet.environment);
  // What held an agent has ended some of it since the last look.
  const { table, owned: left } = held.length === 0 ? last : await lookAtProcesses(fleet, observations, seen);
  nameDaemons(fleet, table, observations, new Set(left.map(({ info }) => info.pid)));
  return unended(left);
}

/** Nothing runs in them any more; an engine that keeps one all the same is named, and the agent ends. */
async function endContainers(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  const contained = entries.filter(({ sandbox }) => isContainer(sandbox));
  if (contained.length === 0) return;
  const { removeContainers } = await import("../contained.ts");
  try {
    await removeContainers(fleet, contained);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({ kind: "warning", text: `${error.message}; to try again, run fleet list --repair` });
  }
}

/** The process that is a sandbox itself takes all in it with it at once; it ends when what runs in it has ended. */
function isWrapper({ agent, info }: Owned, observations: readonly Observation[]): boolean {
  const kind = observations.find(({ entry }) => entry.id === agent)?.entry.sandbox?.kind ?? "none";
  return kind !== "none" && sandboxes[kind].wrapperName === info.name;
}

/**
 * A daemon that left the tree of the agent and lost its environment (one that writes a title of its own over it) cannot be told from one
 * that the user started there. It is named, and left alone.
 */
function nameDaemons(
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

/**
 * Again until a look finds none: what starts others faster than it is seen has nobody left to start them in the end. Returns the last
 * look, which is younger than the last signal.
 */
async function killRest(
  fleet: Fleet,
  observations: readonly Observation[],
  asked: readonly ProcessInfo[],
  seen: SeenVariables,
): Promise<ProcessLook> {
  const deadline = performance.now() + graceMilliseconds;
  let look = await lookAtProcesses(fleet, observations, seen);
  let left = [...(await remaining(asked)), ...look.owned.map(({ info }) => info)];
  while (left.length > 0) {
    const killed = await signalAll(left, "SIGKILL");
    await untilGone(killed);
    look = await lookAtProcesses(fleet, observations, seen);
    if (killed.length === 0 || performance.now() > deadline) return look;
    left = look.owned.map(({ info }) => info);
  }
  return look;
}

function unended(left: readonly Owned[]): Map<string, ProcessInfo[]> {
  const byAgent = Map.groupBy(left, ({ agent }) => agent);
  return new Map([...byAgent].map(([agent, owned]) => [agent, owned.map(({ info }) => info)]));
}

/** A process, and the id of the agent that it belongs to. */
interface Owned {
  readonly agent: string;
  readonly info: ProcessInfo;
}

/** Why an agent must be kept of which something could not be ended, and the command that ends it. */
export function unendedReason(left: readonly ProcessInfo[]): { readonly why: string; readonly hint: string } {
  const named = left.map(({ name, pid }) => `${name} (${pid})`).join(", ");
  const isMany = left.length > 1;
  return {
    why: `${named} ${isMany ? "belong" : "belongs"} to another user and cannot be ended`,
    hint: `sudo kill ${left.map(({ pid }) => pid).join(" ")}`,
  };
}

/** For each agent whether ending it would end the `fleet` that does it. */
export async function insideOf(observations: readonly Observation[]): Promise<boolean[]> {
  if (observations.every(({ processes }) => processes.length === 0)) return observations.map(() => false);
  const line = await currentAncestors(process.pid);
  return observations.map(({ processes }) => processes.some(({ pid }) => line.has(pid)));
}

/** All processes of the machine at a moment, and those among them that belong to agents. */
interface ProcessLook {
  readonly table: ProcessTable;
  readonly owned: readonly Owned[];
}

/** Finds the trees below the panes, what has left them within their sessions, and all that carries the agents' ids. An agent may have started a tmux server, which then is no agent's. */
async function lookAtProcesses(
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

/** Returns those that it reached, which are worth waiting for. */
async function signalAll(targets: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<ProcessInfo[]> {
  return (await remaining(targets)).filter((target) => signalProcess(target, signal));
}

async function untilGone(targets: readonly ProcessInfo[]): Promise<void> {
  const deadline = performance.now() + graceMilliseconds;
  for (
    let pause = firstPauseMilliseconds;
    performance.now() < deadline;
    pause = Math.min(pause * 2, longestPauseMilliseconds)
  ) {
    if ((await remaining(targets)).length === 0) return;
    await Bun.sleep(pause);
  }
}

async function remaining(targets: readonly ProcessInfo[]): Promise<ProcessInfo[]> {
  const starts = await processStarts(targets.map(({ pid }) => pid));
  return targets.filter(({ pid, start }) => starts.get(pid) === start);
}

async function keepScreens(fleet: Fleet, observations: readonly Observation[]): Promise<void> {
  for (const [socket, group] of bySocket(observations)) {
    const panes = group.map(({ pane }) => pane.pane);
    const texts = await capturePanes(serverAt(fleet, socket), panes, keptLines);
    for (const { entry, pane } of group) {
      const text = texts.get(pane.pane);
      if (text !== undefined) keepScreen(fleet, entry, text);
    }
  }
}

/** It may be the agent that has filled the disk: that its last screen cannot be kept is no reason not to end it. */
function keepScreen(fleet: Fleet, entry: AgentEntry, text: string): void {
  const { directory, screen } = agentFiles(statePlaces(fleet), entry.id);
  try {
    if (exists(directory)) writePrivateFile(screen, text);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({ kind: "warning", text: `the last screen of ${entry.branch} is not kept: ${error.message}` });
  }
}

/** So that launchers tell the end that the user asked for from one that is news to them. */
function noteEnd(fleet: Fleet, observations: readonly Observation[]): void {
  for (const { entry } of observations.filter(({ processes }) => processes.length > 0)) {
    const { directory, endedByUs } = agentFiles(statePlaces(fleet), entry.id);
    try {
      if (exists(directory)) writePrivateFile(endedByUs, "");
    } catch (error) {
      // On a full disk the end is news all the same, which is better than no end.
      if (!(error instanceof FleetError)) throw error;
    }
  }
}

type InSession = Observation & { readonly pane: NonNullable<Observation["pane"]> };

function bySocket(observations: readonly Observation[]): Map<string, InSession[]> {
  const inSession = observations.filter((observation): observation is InSession => observation.pane !== undefined);
  return Map.groupBy(inSession, ({ entry }) => entry.socket);
}
