import type { StartRequest } from "../../agents/adapter.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { Fleet } from "../fleet.ts";

/** Writes what an agent needs to keep a budget of its own. Prices are loaded only for one that has a budget. */
export async function prepareOwnBudget(
  fleet: Fleet,
  entry: AgentEntry,
  { budgetCommand }: Pick<StartRequest, "budgetCommand">,
): Promise<void> {
  if (budgetCommand === undefined) return;
  const { prepareBudgetHook } = await import("../cost/hook-budget.ts");
  prepareBudgetHook(fleet, entry);
}
