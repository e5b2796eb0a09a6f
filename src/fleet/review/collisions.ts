import type { AgentEntry } from "../../state/entry.ts";
import type { Overlap, Pair } from "./overlap.ts";

/** Another agent, and the files in which the two meet. */
export interface Collision {
  readonly with: AgentEntry;
  readonly files: readonly string[];
}

/** Whom one agent gets in the way of. */
export interface Collisions {
  /** Merged after each other, the two would be in conflict, in these files. */
  readonly conflicts: readonly Collision[];
  /** Both have changed these files, and they merge cleanly. */
  readonly shared: readonly Collision[];
}

/** What an overlap says of each of its agents, by their ids. Whoever could not be looked at is not in it. */
export function collisionsOf({ entries, pairs }: Pick<Overlap, "entries" | "pairs">): Map<string, Collisions> {
  return new Map(entries.map(({ id }) => [id, collisionsOfOne(id, pairs)]));
}

function collisionsOfOne(id: string, pairs: readonly Pair[]): Collisions {
  const own = pairs.flatMap(({ a, b, ...pair }) => {
    if (a.id === id) return [{ with: b, ...pair }];
    return b.id === id ? [{ with: a, ...pair }] : [];
  });
  const inConflict = own.filter(({ conflicts }) => conflicts.length > 0);
  return {
    conflicts: inConflict.map(({ with: other, conflicts }) => ({ with: other, files: conflicts })),
    shared: own
      .filter((pair) => !inConflict.includes(pair))
      .map(({ with: other, shared }) => ({ with: other, files: shared })),
  };
}
