import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { writePrivateFile } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { settleDeadOperations } from "../settle.ts";
import { observeAgents } from "../watch/observe.ts";
import { endAgents, insideOf } from "./end.ts";

/** What became of an agent that was to be stopped. */
export interface StopResult {
  readonly entry: AgentEntry;
  readonly stopped: boolean;
  readonly why: string | undefined;
}

/** Ends agents and their processes; their worktrees and branches stay. Stopping one that does not run is fine. */
export async function stopAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<StopResult[]> {
  await settleDeadOperations(fleet);
  const observations = await observeAgents(fleet, entries);
  const inside = await insideOf(observations);
  const stoppable = observations.filter((_, index) => !inside[index]);
  await endAgents(fleet, stoppable);
  for (const { entry, pane, processes } of stoppable) {
    if (pane !== undefined || processes.length > 0)
      writePrivateFile(agentFiles(statePlaces(fleet), entry.id).stopped, "");
  }
  return observations.map(({ entry, pane, processes }, index) => {
    if (inside[index]) return { entry, stopped: false, why: "this command runs inside of it" };
    return {
      entry,
      stopped: true,
      why: pane === undefined && processes.length === 0 ? "nothing of it was running" : undefined,
    };
  });
}
