import { inOneLine, refusalOf } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { type Collisions, collisionsOf } from "../fleet/review/collisions.ts";
import { overlapOf } from "../fleet/review/overlap.ts";
import { awayAgents } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { hasHosts } from "./has-hosts.ts";

/** Whom each agent gets in the way of, by their ids, and what keeps that from being told of others. */
export interface CollisionsFound {
  readonly byId: ReadonlyMap<string, Collisions>;
  readonly warnings: readonly string[];
}

/**
 * Whom the agents of repositories get in the way of: each is held against all of its repository. Of those on other machines what was
 * fetched last counts. A list says all the rest also where this cannot be told.
 */
export async function collisionsIn(fleet: Fleet, repositories: ReadonlySet<string>): Promise<CollisionsFound> {
  const places = statePlaces(fleet);
  const elsewhere = hasHosts(fleet) ? awayAgents(places).filter(({ work }) => work !== undefined) : [];
  const agents = new Map([...elsewhere.map(({ entry }) => entry), ...readRegistry(places)].map((one) => [one.id, one]));
  const byId = new Map<string, Collisions>();
  const warnings: string[] = [];
  for (const [root, entries] of Map.groupBy(agents.values(), ({ repo }: AgentEntry) => repo)) {
    if (!repositories.has(root)) continue;
    try {
      for (const [id, collisions] of collisionsOf(await overlapOf(fleet, root, entries))) byId.set(id, collisions);
    } catch (error) {
      if (fleet.cancelled.aborted) throw error;
      warnings.push(`who overlaps with whom in ${root} cannot be told: ${inOneLine(refusalOf(error))}`);
    }
  }
  return { byId, warnings };
}
