import { type Budget, budgetIn } from "../../config/budgets.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles, spendingRoot } from "../../state/places.ts";
import { exists, makePrivateDirectory } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { writeBudgetHook } from "../life/launcher/budget-hook.ts";
import { usedReason } from "./budget.ts";
import { type BudgetScope, batchKey, raisedBudgets } from "./budget-file.ts";
import { flatPrices } from "./prices.ts";
import { batchDirectory } from "./spending.ts";
import { dayOf } from "./totals.ts";

/** Tells an agent what it may use now: what it runs before each tool, where it can, reads it there. */
export function renewHookBudget(fleet: Fleet, entry: AgentEntry): void {
  const places = statePlaces(fleet);
  const files = agentFiles(places, entry.id);
  const text = hookBudget(fleet, entry);
  if (text === "" && !exists(files.budget)) return;
  makePrivateDirectory(spendingRoot(places));
  writeBudgetHook(files, text);
}

type Row = readonly (string | number)[];

/**
 * A row for each limit, one that says where others that share it tell what they have used, and a row for each model that has a price:
 * what a million tokens cost that are read, cached and written. Nothing for an agent without a budget.
 */
function hookBudget(fleet: Fleet, entry: AgentEntry): string {
  const limits = limitRows(fleet, entry);
  if (limits.length === 0) return "";
  const shared: Row = ["shared", spendingRoot(statePlaces(fleet)), entry.id, batchDirectory(entry)];
  const prices = flatPrices(fleet.settings.config.prices, "anthropic", dayOf(Date.now()));
  const rows = [...limits, shared, ...prices.map(({ model, rates }): Row => ["price", model, ...rates])];
  return rows.map((row) => `${row.join("\t")}\n`).join("");
}

/** A budget that was set for a day holds on that alone, and takes the place of the configured one, also if it is none. */
function limitRows(fleet: Fleet, entry: AgentEntry): Row[] {
  const { config } = fleet.settings;
  const { batches, days } = raisedBudgets(fleet);
  return [
    ...limitRow("agent", budgetIn(entry.budget ?? config.budget_per_agent)),
    ...limitRow("batch", budgetIn(batches[batchKey(entry)] ?? config.budget_per_batch)),
    ...limitRow("day", budgetIn(config.budget_per_day)),
    ...Object.entries(days).flatMap(([day, text]) => limitRow("day", budgetIn(text) ?? nothing, day)),
  ];
}

const nothing: Budget = { amount: 0, unit: "USD" };

function limitRow(scope: BudgetScope, limit: Budget | undefined, day = ""): Row[] {
  return limit === undefined ? [] : [["limit", scope, limit.amount, limit.unit, usedReason({ scope, limit }), day]];
}
