import { join } from "node:path";
import type { AgentEntry } from "../../state/entry.ts";
import { type StatePlaces, spendingRoot } from "../../state/places.ts";
import { makePrivateDirectory, namesIn, readTextIfExists, removeTree, replaceCache } from "../../system/files.ts";
import { batchKey } from "./budget-file.ts";

/** What one agent has used of what it shares with others. */
export interface Spent {
  readonly id: string;
  readonly dollars: number;
  readonly tokens: number;
}

/** The directory of a batch among those where agents tell each other what they have used. */
export function batchDirectory(entry: AgentEntry): string {
  return `batch-${new Bun.CryptoHasher("sha256").update(batchKey(entry)).digest("hex").slice(0, 16)}`;
}

/** The directory of a day. */
export function dayDirectory(day: string): string {
  return `day-${day}`;
}

/**
 * Tells agents that keep their budgets themselves what all agents have used that share one with them: those that cannot tell it, too.
 * Each of those that can has a file of its own there, and counts with the larger number.
 */
export function tellSpent(places: StatePlaces, directory: string, spent: readonly Spent[]): void {
  const path = join(spendingRoot(places), directory);
  const file = join(path, "all");
  const text = spent.map(({ id, dollars, tokens }) => `${id}\t${dollars.toFixed(9)}\t${tokens}\n`).join("");
  if (readTextIfExists(file) === text) return;
  makePrivateDirectory(path);
  replaceCache(file, text);
}

/** Removes what was told of other batches than these, and of days before this one. */
export function forgetSpent(places: StatePlaces, batches: Pick<ReadonlySet<string>, "has">, today: string): void {
  const root = spendingRoot(places);
  for (const name of namesIn(root)) {
    const isOver = name.startsWith("batch-") ? !batches.has(name) : name < dayDirectory(today);
    if (isOver) removeTree(join(root, name));
  }
}
