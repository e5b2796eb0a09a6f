import type { Fleet } from "../fleet/fleet.ts";
import { existsBudget } from "../fleet/watch/budgets.ts";
import type { Observation } from "../fleet/watch/observe.ts";
import type { AgentEntry } from "../state/entry.ts";

/** Stops the turns of agents whose budgets are used. Loads what reads transcripts only where somebody has a budget. */
export async function keepBudgets(
  fleet: Fleet,
  observations: readonly Observation[],
): Promise<{ readonly stopped: readonly AgentEntry[]; readonly warnings: readonly string[] }> {
  const entries = observations.map(({ entry }) => entry);
  if (!existsBudget(fleet, entries)) return { stopped: [], warnings: [] };
  const { enforceBudgets } = await import("../fleet/cost/budget.ts");
  return enforceBudgets(fleet, observations);
}
