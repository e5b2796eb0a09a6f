import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { beginOperation, endOperation, type Operation } from "../../../state/journal.ts";
import { agentFiles } from "../../../state/places.ts";
import { writePrivateFile } from "../../../system/files.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { endAgents, insideOf, unendedReason } from "../../life/end.ts";
import { keepUntaken, nameUntaken } from "../../talk/untaken.ts";
import { lookAtAgents, type Observation } from "../../watch/observe.ts";
import { settleDeadOperations } from "../settle.ts";

/** What became of an agent that was to be stopped. */
export interface StopResult {
  readonly entry: AgentEntry;
  readonly stopped: boolean;
  readonly why: string | undefined;
}

/** Ends agents and their processes; their worktrees and branches stay. Stopping one that does not run is fine. */
export async function stopAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<StopResult[]> {
  await settleDeadOperations(fleet);
  const observations = await lookAtAgents(fleet, entries);
  const inside = await insideOf(observations);
  const stoppable = observations.filter(({ untold }, index) => !inside[index] && untold === undefined);
  const planned = await planStop(fleet, stoppable);
  const unended = await endAgents(fleet, stoppable);
  for (const { entry, pane, processes } of stoppable) {
    if (pane !== undefined || processes.length > 0) noteStop(fleet, entry);
    if (!unended.has(entry.id)) nameUntaken(fleet, entry, keepUntaken(fleet, entry), "resume");
  }
  if (planned !== undefined) endOperation(statePlaces(fleet), planned.id);
  return observations.map(({ entry, pane, processes, untold }, index) => {
    if (untold !== undefined) return { entry, stopped: false, why: untold.message };
    if (inside[index]) return { entry, stopped: false, why: "this command runs inside of it" };
    const left = unended.get(entry.id);
    if (left !== undefined) return { entry, stopped: false, why: unendedReason(left).why };
    return {
      entry,
      stopped: true,
      why: pane === undefined && processes.length === 0 ? "nothing of it was running" : undefined,
    };
  });
}

/** So that it is known of a stop that died which agents it may have left running. A full disk, say, is no reason not to stop them. */
async function planStop(fleet: Fleet, observations: readonly Observation[]): Promise<Operation | undefined> {
  const stop = observations.filter(({ processes }) => processes.length > 0).map(({ entry }) => entry.id);
  if (stop.length === 0) return undefined;
  const id = crypto.randomUUID().slice(0, 8);
  try {
    return await beginOperation(statePlaces(fleet), { id, kind: "stop", agents: [], new_branches: [], stop });
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return undefined;
  }
}

/** Without the note its status says how it ended; that the disk is full is no reason to say that it was not stopped. */
function noteStop(fleet: Fleet, entry: AgentEntry): void {
  try {
    writePrivateFile(agentFiles(statePlaces(fleet), entry.id).stopped, "");
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({ kind: "warning", text: `that ${entry.branch} was stopped is not noted: ${error.message}` });
  }
}
