import type { AgentEntry } from "../../state/entry.ts";
import type { MergePair } from "../../system/git/merge-tree.ts";
import { requireMergeTree } from "../../system/git/version.ts";
import type { Fleet } from "../fleet.ts";
import { changesOf } from "./changes.ts";
import { looking, type Unseen, type Work, worksOf } from "./content.ts";
import { mergeOrder } from "./order.ts";
import { conflictsOf, mergeRules } from "./pairs.ts";
import { targetsOf } from "./target.ts";

/** Two agents that have changed the same files. */
export interface Pair {
  readonly a: AgentEntry;
  readonly b: AgentEntry;
  /** Files that both have changed. */
  readonly shared: readonly string[];
  /** Files that would be in conflict if one were merged into the other; none when that is clean. */
  readonly conflicts: readonly string[];
}

/** How the work of agents of one repository goes together. */
export interface Overlap {
  readonly entries: readonly AgentEntry[];
  /** How many of them have work that is in no commit. It counts. */
  readonly unsaved: number;
  /** Pairs that touch the same files or would conflict; all the others do neither. */
  readonly pairs: readonly Pair[];
  /** An order in which few conflict, and who would. */
  readonly order: readonly AgentEntry[];
  readonly left: readonly AgentEntry[];
  readonly unseen: readonly Unseen[];
}

/**
 * Looks how the work of agents goes together, unsaved work included, without changing a ref, an index or a file of anybody. Throws
 * FleetError `missing-tool` when git is older than 2.38.
 */
export async function overlapOf(fleet: Fleet, root: string, entries: readonly AgentEntry[]): Promise<Overlap> {
  return looking(fleet, root, async (look) => {
    // While worktrees are looked at, which takes the longest, the rest is asked for.
    const [{ works, unseen }, targetOf, rules] = await Promise.all([
      worksOf(look, entries),
      targetsOf(look, entries),
      mergeRules(look),
      requireMergeTree(look.place),
    ]);
    const targets = works.map(({ entry }) => targetOf(entry));
    const changes = await changesOf(look, works, targets, rules);
    const files = changes.map((list) => new Set(list.flatMap(({ path, from }) => [path, from ?? path])));
    const couples = works.flatMap((_, a) => works.slice(a + 1).map((_, offset) => [a, a + 1 + offset] as const));
    const commitsOf = ([a, b]: readonly [number, number]): MergePair => [commitAt(works, a), commitAt(works, b)];
    const conflicts = await conflictsOf(look, couples.map(commitsOf), rules);
    const pairs = couples.map((couple) => ({
      couple,
      shared: [...(files[couple[0]] ?? [])].filter((file) => files[couple[1]]?.has(file)),
      conflicts: conflicts(...commitsOf(couple)),
    }));
    const inConflict = new Set(pairs.filter((pair) => pair.conflicts.length > 0).map(({ couple }) => couple.join(" ")));
    const order = mergeOrder(works.length, (a, b) => inConflict.has(a < b ? `${a} ${b}` : `${b} ${a}`));
    const entryAt = (index: number) => (works[index] as Work).entry;
    return {
      entries: works.map(({ entry }) => entry),
      unsaved: works.filter(({ unsaved }) => unsaved > 0).length,
      pairs: pairs
        .filter((pair) => pair.shared.length + pair.conflicts.length > 0)
        .map(({ couple, ...pair }) => ({ a: entryAt(couple[0]), b: entryAt(couple[1]), ...pair })),
      order: order.merged.map(entryAt),
      left: order.left.map(entryAt),
      unseen,
    };
  });
}

function commitAt(works: readonly Work[], index: number): string {
  return works[index]?.commit ?? "";
}
