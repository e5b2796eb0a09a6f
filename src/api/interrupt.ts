import type { Fleet } from "../fleet/fleet.ts";
import { interruptAgent } from "../fleet/talk/interrupt.ts";
import { sharedLooks } from "../fleet/talk/looks.ts";
import type { InterruptAnswer, InterruptInput } from "../model/wire/interrupt.ts";
import { agentFailure } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

/** Stops the turns of the agents that are meant and says what became of each. Throws FleetError when none is meant. */
export async function interrupt(fleet: Fleet, input: InterruptInput): Promise<InterruptAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false });
  const looks = sharedLooks(fleet);
  const results = await Promise.all(entries.map((entry) => interruptAgent(fleet, entry, looks)));
  return {
    agents: results.map(({ entry, outcome, why }) => ({ ...entry, outcome, reason: why ?? null })),
    failures: results
      .filter(({ outcome }) => outcome === "failed")
      .map(({ entry, why }) => agentFailure(entry.branch, { kind: "failed", message: why })),
  };
}
