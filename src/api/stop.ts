import type { Fleet } from "../fleet/fleet.ts";
import { stopAgents } from "../fleet/operations/stop/stop.ts";
import type { StopAnswer, StopInput } from "../model/wire/stop.ts";
import type { AgentEntry } from "../state/entry.ts";
import { agentFailure } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

/** Ends the agents that are meant; nobody is asked. Throws FleetError when none is meant. */
export async function stop(fleet: Fleet, input: StopInput): Promise<StopAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false });
  return stopEntries(fleet, entries);
}

/** Ends these agents and says what became of each. */
export async function stopEntries(fleet: Fleet, entries: readonly AgentEntry[]): Promise<StopAnswer> {
  const results = await stopAgents(fleet, entries);
  return {
    agents: results.map(({ entry, stopped, why }) => ({
      ...entry,
      outcome: stopped ? "stopped" : "kept",
      reason: why ?? null,
    })),
    failures: results
      .filter(({ stopped }) => !stopped)
      .map(({ entry, why }) => agentFailure(entry.branch, { kind: "failed", message: why })),
  };
}
