import { dirname } from "node:path";
import { objectIn } from "../../agents/json-lines.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../../system/files.ts";
import type { Fleet } from "../fleet.ts";
import { budgetFile } from "../watch/budgets.ts";

type Places = Pick<Fleet, "settings">;

/** Whom a budget is for. */
export const budgetScopes = ["agent", "batch", "day"] as const;

export type BudgetScope = (typeof budgetScopes)[number];

/** Budgets that hold instead of the configured ones, as `budgetIn` reads them. */
export interface RaisedBudgets {
  /** By `batchKey`. */
  readonly batches: Readonly<Record<string, string>>;
  /** By day: `2026-11-28`. */
  readonly days: Readonly<Record<string, string>>;
}

/** What names a batch: two repositories may have batches of the same name. */
export function batchKey({ repo, batch_id: batch }: Pick<AgentEntry, "repo" | "batch_id">): string {
  return `${batch} ${repo}`;
}

/** The budgets of batches and days that hold instead of the configured ones; none where the file says nothing that can be read. */
export function raisedBudgets(fleet: Places): RaisedBudgets {
  const { batches, days } = objectIn(readTextIfExists(budgetFile(fleet)));
  return { batches: textsIn(batches), days: textsIn(days) };
}

/** Writes down the budget of a batch or a day. The caller holds the state lock. */
export function writeRaisedBudget(fleet: Places, kind: keyof RaisedBudgets, key: string, text: string): void {
  const before = raisedBudgets(fleet);
  makePrivateDirectory(dirname(budgetFile(fleet)));
  const after = { ...before, [kind]: { ...before[kind], [key]: text } };
  replaceFile(budgetFile(fleet), `${JSON.stringify({ v: 1, ...after }, null, 2)}\n`);
}

function textsIn(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}
