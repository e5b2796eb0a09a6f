import { FleetError } from "../errors.ts";
import type { AgentEntry } from "../state/entry.ts";
import { agentFiles } from "../state/places.ts";
import { writePrivateFile } from "../system/files.ts";
import { endAgent, isInside } from "./end.ts";
import { type Fleet, statePlaces } from "./fleet.ts";
import { observeAgents } from "./observe.ts";
import { settleDeadOperations } from "./settle.ts";

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
  return Promise.all(
    observations.map(async (observation) => {
      const { entry, pane } = observation;
      if (pane === undefined) return { entry, stopped: true, why: "nothing of it was running" };
      if (await isInside(observation)) return { entry, stopped: false, why: "this command runs inside of it" };
      return stop(fleet, observation);
    }),
  );
}

async function stop(fleet: Fleet, observation: Parameters<typeof endAgent>[1]): Promise<StopResult> {
  const { entry } = observation;
  try {
    await endAgent(fleet, observation);
    writePrivateFile(agentFiles(statePlaces(fleet), entry.id).stopped, "");
    return { entry, stopped: true, why: undefined };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { entry, stopped: false, why: error.message };
  }
}
