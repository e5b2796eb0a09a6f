import { budgetIn } from "../../config/budgets.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { exists, writePrivateFile } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { writeBudgetHook } from "../life/launcher/budget-hook.ts";
import { usedReason } from "./budget.ts";
import { flatPrices } from "./prices.ts";
import { dayOf } from "./totals.ts";

/** Writes what an agent with a budget of its own runs before each tool, where it can. */
export function prepareBudgetHook(fleet: Fleet, entry: AgentEntry): void {
  const text = hookBudget(fleet, entry);
  if (text !== undefined) writeBudgetHook(agentFiles(statePlaces(fleet), entry.id), text);
}

/** Tells an agent that was started with such a hook what it may use now. */
export function renewHookBudget(fleet: Fleet, entry: AgentEntry): void {
  const { budget } = agentFiles(statePlaces(fleet), entry.id);
  const text = hookBudget(fleet, entry);
  if (exists(budget)) writePrivateFile(budget, text ?? "");
}

/** A row for the limit, and a row for each model that has a price: what a million tokens cost that are read, cached and written. */
function hookBudget(fleet: Fleet, entry: AgentEntry): string | undefined {
  const limit = budgetIn(entry.budget ?? fleet.settings.config.budget_per_agent);
  if (limit === undefined) return undefined;
  const reason = usedReason({ scope: "agent", limit });
  const prices = flatPrices(fleet.settings.config.prices, "anthropic", dayOf(Date.now()));
  const rows = prices.map(({ model, rates }) => ["price", model, ...rates]);
  return [["limit", limit.amount, limit.unit, reason], ...rows].map((row) => `${row.join("\t")}\n`).join("");
}
