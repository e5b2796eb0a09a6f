import { FleetError } from "../../errors.ts";
import { isContainer } from "../../model/sandbox.ts";
import { sandboxes } from "../../sandboxes/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { exists, writePrivateFile } from "../../system/files.ts";
import type { ProcessInfo } from "../../system/processes/process.ts";
import { currentAncestors, type SeenVariables, signalProcess } from "../../system/processes/tree.ts";
import { running, untilGone } from "../../system/processes/until-gone.ts";
import { releaseCaps } from "../capped.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import type { Observation } from "../watch/observe.ts";
import { bringLoginsBack, takeInWork } from "../worktree/taken.ts";
import { endAgentSessions } from "./end-sessions.ts";
import { bySocket } from "./in-session.ts";
import { keepScreens } from "./last-screens.ts";
import { lookAtProcesses, type Owned, type ProcessLook } from "./own-processes.ts";
import { nameDaemons } from "./stray-daemons.ts";

/** Agents write their transcripts when they are asked to end; this is how long they may take. */
const graceMilliseconds = 3000;

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
    graceMilliseconds,
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
  let left = [...(await running(asked)), ...look.owned.map(({ info }) => info)];
  while (left.length > 0) {
    const killed = await signalAll(left, "SIGKILL");
    await untilGone(killed, graceMilliseconds);
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

/** Returns those that it reached, which are worth waiting for. */
async function signalAll(targets: readonly ProcessInfo[], signal: NodeJS.Signals): Promise<ProcessInfo[]> {
  return (await running(targets)).filter((target) => signalProcess(target, signal));
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
