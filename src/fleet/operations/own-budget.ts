import { isHeld } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles, spendingRoot } from "../../state/places.ts";
import { exists, makePrivateDirectory } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { existsBudget } from "../watch/budgets.ts";

/** Writes what an agent needs to keep a budget of its own. Prices are loaded only where somebody has a budget. */
export async function prepareOwnBudget(fleet: Fleet, entry: AgentEntry): Promise<void> {
  const places = statePlaces(fleet);
  // A sandbox shows what is there when it starts: a budget may be set later.
  if (isHeld(entry.sandbox)) makePrivateDirectory(spendingRoot(places));
  // One that it had when it ran last may hold no more.
  if (!existsBudget(fleet, [entry]) && !exists(agentFiles(places, entry.id).budget)) return;
  const { renewHookBudget } = await import("../cost/hook-budget.ts");
  renewHookBudget(fleet, entry);
}
