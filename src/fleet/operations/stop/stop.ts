import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { writePrivateFile } from "../../../system/files.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { endAgents, insideOf, unendedReason } from "../../life/end.ts";
import { keepUntaken, nameUntaken } from "../../talk/handed-over.ts";
import { lookAtAgents } from "../../watch/observe.ts";
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
  const unended = await endAgents(fleet, stoppable);
  for (const { entry, pane, processes } of stoppable) {
    if (pane !== undefined || processes.length > 0) noteStop(fleet, entry);
    if (!unended.has(entry.id)) nameUntaken(fleet, entry, keepUntaken(fleet, entry), "resume");
  }
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

/** Without the note its status says how it ended; that the disk is full is no reason to say that it was not stopped. */
function noteStop(fleet: Fleet, entry: AgentEntry): void {
  try {
    writePrivateFile(agentFiles(statePlaces(fleet), entry.id).stopped, "");
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    fleet.report({ kind: "warning", text: `that ${entry.branch} was stopped is not noted: ${error.message}` });
  }
}
