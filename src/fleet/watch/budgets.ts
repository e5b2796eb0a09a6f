import { statSync } from "node:fs";
import { join } from "node:path";
import type { AgentEntry } from "../../state/entry.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/** The file of the budgets of batches and days that were raised. */
export function budgetFile(fleet: Pick<Fleet, "settings">): string {
  return join(statePlaces(fleet).agentsRoot, "budgets.json");
}

/** Whether any of these agents may have a budget; answered without reading transcripts, for looks that happen all the time. */
export function existsBudget(fleet: Fleet, entries: readonly AgentEntry[]): boolean {
  const { budget_per_agent: own, budget_per_batch: batch, budget_per_day: day } = fleet.settings.config;
  if ([own, batch, day].some((text) => text.trim() !== "")) return true;
  return (
    entries.some(({ budget }) => budget !== undefined) ||
    statSync(budgetFile(fleet), { throwIfNoEntry: false }) !== undefined
  );
}
