import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { type AwayAgent, readAway } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { hasHosts } from "./has-hosts.ts";

/** Agents by whether they are on this machine. */
export interface Parted {
  readonly here: readonly AgentEntry[];
  readonly away: readonly AwayAgent[];
}

/** Tells agents on this machine from those on others. */
export function parted(fleet: Fleet, entries: readonly AgentEntry[]): Parted {
  if (!hasHosts(fleet)) return { here: entries, away: [] };
  const away = entries.flatMap(({ id }) => readAway(statePlaces(fleet), id) ?? []);
  const ids = new Set(away.map(({ entry }) => entry.id));
  return { here: entries.filter(({ id }) => !ids.has(id)), away };
}

/** Why nothing came of an agent that its host does not know any more. */
export const gone = "its host does not know it any more";

/** Results in the order in which their agents were chosen. */
export function inOrder<Result extends { readonly entry: AgentEntry }>(
  entries: readonly AgentEntry[],
  results: readonly Result[],
): Result[] {
  const byId = new Map(results.map((result) => [result.entry.id, result]));
  return entries.flatMap(({ id }) => byId.get(id) ?? []);
}
