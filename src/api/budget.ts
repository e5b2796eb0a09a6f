import { type Budget, budgetIn, budgetText, exactBudget } from "../config/budgets.ts";
import { FleetError } from "../errors.ts";
import type { BudgetState } from "../fleet/cost/budget.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { BudgetAnswer, BudgetInput } from "../model/wire/budget.ts";
import { chooseAgents } from "./targets.ts";

/** Says what the agents that are meant may use, or changes it first. Throws FleetError before anything is changed. */
export async function budget(fleet: Fleet, input: BudgetInput): Promise<BudgetAnswer> {
  return budgetAnswer(await budgets(fleet, input));
}

/** The budgets of the agents that are meant, after the change that is asked for. Throws FleetError before anything is changed. */
export async function budgets(fleet: Fleet, { of, amount, ...targets }: BudgetInput): Promise<BudgetState[]> {
  const [{ budgetStates }, { setBudget }] = await Promise.all([
    import("../fleet/cost/budget.ts"),
    import("../fleet/cost/set-budget.ts"),
  ]);
  const { entries } = await chooseAgents(fleet, targets, { reachesOut: amount === undefined });
  if (amount === undefined) return budgetStates(fleet, entries);
  return budgetStates(fleet, await setBudget(fleet, entries, of, (now) => newBudget(amount, now)));
}

/** Budgets, as they are answered. */
export function budgetAnswer(states: readonly BudgetState[]): BudgetAnswer {
  return {
    budgets: states.map(({ entry, scope, used, limit, unpriced }) => ({
      branch: entry.branch,
      id: entry.id,
      of: scope,
      used,
      limit: limit.amount,
      unit: limit.unit,
      unpriced_models: [...unpriced],
    })),
  };
}

/** A word that names no budget, so that what is configured does not hold either. */
const none = "none";

/**
 * What a text makes of the budget there is; a number alone is of dollars, where the budget is. Throws FleetError `usage` for an amount to
 * add to nothing, or of another unit.
 */
function newBudget(text: string, now: Budget | undefined): string {
  if (text === none) return none;
  const isMore = text.startsWith("+");
  // Two dollars are what somebody wants; two tokens are not.
  const given = budgetIn(isMore ? text.slice(1) : text, now?.unit === "USD" ? "USD" : undefined);
  if (given === undefined || (isMore && now !== undefined && given.unit !== now.unit)) {
    const unit = now === undefined ? "there is none yet" : `the budget is ${budgetText(now)}`;
    throw new FleetError("usage", `${text} says no budget: ${unit}`, {
      hint: `give an amount with its unit: ${now?.unit === "tokens" ? "2M or 500k tokens" : "5USD or 2M"}`,
    });
  }
  if (!isMore) return exactBudget(given);
  if (now === undefined) {
    throw new FleetError("usage", `there is no budget that ${text} could raise`, {
      hint: `leave the + out: ${text.slice(1)}`,
    });
  }
  return exactBudget({ ...now, amount: now.amount + given.amount });
}
