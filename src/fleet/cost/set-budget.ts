import { type Budget, budgetIn } from "../../config/budgets.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { changeRegistry, readRegistry, withStateLock } from "../../state/registry.ts";
import { writePrivateFile } from "../../system/files.ts";
import { type Fleet, lockOptions, statePlaces } from "../fleet.ts";
import { budgetStates, isUsed, markUsed } from "./budget.ts";
import { type BudgetScope, batchKey, raisedBudgets, writeRaisedBudget } from "./budget-file.ts";
import { renewHookBudget } from "./hook-budget.ts";
import { dayOf } from "./totals.ts";

/**
 * Changes the budgets of agents, of their batches, or of the day, and lets those go on whose budgets are no longer used. Returns the
 * agents as they are then. What `change` throws is thrown before anything is changed.
 */
export async function setBudget(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  scope: BudgetScope,
  change: (now: Budget | undefined) => string,
): Promise<AgentEntry[]> {
  const places = statePlaces(fleet);
  const changed = await withStateLock(places, lockOptions(fleet), async () =>
    scope === "agent" ? setOwn(fleet, entries, change) : setShared(fleet, entries, scope, change),
  );
  const meant = scope === "agent" ? changed : sharing(readRegistry(places), changed, scope);
  const states = budgetStates(fleet, meant);
  for (const entry of meant) {
    renewHookBudget(fleet, entry);
    markUsed(
      fleet,
      entry,
      states.find((state) => state.entry.id === entry.id && isUsed(state)),
    );
  }
  return changed;
}

/** All agents that share the budget of one of these. */
function sharing(
  all: readonly AgentEntry[],
  entries: readonly AgentEntry[],
  scope: Exclude<BudgetScope, "agent">,
): AgentEntry[] {
  const keys = new Set(entries.map(batchKey));
  return all.filter((entry) => scope === "day" || keys.has(batchKey(entry)));
}

function setOwn(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  change: (now: Budget | undefined) => string,
): AgentEntry[] {
  const { budget_per_agent: configured } = fleet.settings.config;
  const changed = entries.map(
    (entry): AgentEntry => ({ ...entry, budget: change(budgetIn(entry.budget ?? configured)) }),
  );
  const budgets = new Map(changed.map(({ id, budget }) => [id, budget]));
  const places = statePlaces(fleet);
  changeRegistry(places, (all) =>
    all.map((entry) => {
      const budget = budgets.get(entry.id);
      return budget === undefined ? entry : { ...entry, budget };
    }),
  );
  for (const entry of changed) {
    writePrivateFile(agentFiles(places, entry.id).record, `${JSON.stringify(entry, null, 2)}\n`);
  }
  return changed;
}

function setShared(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  scope: "batch" | "day",
  change: (now: Budget | undefined) => string,
): AgentEntry[] {
  const { budget_per_batch: perBatch, budget_per_day: perDay } = fleet.settings.config;
  const [kind, configured] = scope === "batch" ? (["batches", perBatch] as const) : (["days", perDay] as const);
  const keys = new Set(entries.map((entry) => (scope === "batch" ? batchKey(entry) : dayOf(Date.now()))));
  const now = raisedBudgets(fleet)[kind];
  const texts = [...keys].map((key) => [key, change(budgetIn(now[key] ?? configured))] as const);
  for (const [key, text] of texts) writeRaisedBudget(fleet, kind, key, text);
  return [...entries];
}
