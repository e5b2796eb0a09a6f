import type { AgentEntry } from "../../state/entry.ts";
import { treesOf } from "../../system/git/content.ts";
import { mergeBases } from "../../system/git/merge-bases.ts";
import type { MergePair } from "../../system/git/merge-tree.ts";
import { type FileChange, treeChanges } from "../../system/git/numstat.ts";
import { requireMergeTree } from "../../system/git/version.ts";
import type { Fleet } from "../fleet.ts";
import { type Content, contentsOf, type Look, looking, type Unseen } from "./content.ts";
import { mergeOrder } from "./order.ts";
import { conflictsOf, mergeRules } from "./pairs.ts";
import { type Target, targetsOf } from "./target.ts";

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
    const [{ contents, unseen }, targetOf, rules] = await Promise.all([
      contentsOf(look, entries),
      targetsOf(look, entries),
      mergeRules(look),
      requireMergeTree(look.place),
    ]);
    const targets = contents.map(({ entry }) => targetOf(entry));
    const changes = await changesOf(look, contents, targets);
    const files = changes.map((list) => new Set(list.flatMap(({ path, from }) => [path, from ?? path])));
    const couples = contents.flatMap((_, a) => contents.slice(a + 1).map((_, offset) => [a, a + 1 + offset] as const));
    const commitsOf = ([a, b]: readonly [number, number]): MergePair => [commitAt(contents, a), commitAt(contents, b)];
    const conflicts = await conflictsOf(look, couples.map(commitsOf), rules);
    const pairs = couples.map((couple) => ({
      couple,
      shared: [...(files[couple[0]] ?? [])].filter((file) => files[couple[1]]?.has(file)),
      conflicts: conflicts(...commitsOf(couple)),
    }));
    const inConflict = new Set(pairs.filter((pair) => pair.conflicts.length > 0).map(({ couple }) => couple.join(" ")));
    const order = mergeOrder(contents.length, (a, b) => inConflict.has(a < b ? `${a} ${b}` : `${b} ${a}`));
    const entryAt = (index: number) => (contents[index] as Content).entry;
    return {
      entries: contents.map(({ entry }) => entry),
      unsaved: contents.filter(({ unsaved }) => unsaved > 0).length,
      pairs: pairs
        .filter((pair) => pair.shared.length + pair.conflicts.length > 0)
        .map(({ couple, ...pair }) => ({ a: entryAt(couple[0]), b: entryAt(couple[1]), ...pair })),
      order: order.merged.map(entryAt),
      left: order.left.map(entryAt),
      unseen,
    };
  });
}

function commitAt(contents: readonly Content[], index: number): string {
  return contents[index]?.commit ?? "";
}

/** What each of several agents has changed since it left the branch that its work goes into, in their order. */
export async function changesOf(
  look: Look,
  contents: readonly Content[],
  targets: readonly (Target | undefined)[],
): Promise<FileChange[][]> {
  const bases = await basesOf(look, contents, targets);
  const trees = await treesOf(look.place, bases);
  return treeChanges(
    look.place,
    contents.map(({ tree }, index) => [trees[index] ?? tree, tree]),
  );
}

/** Where the work of each agent leaves the branch that it goes into; where that cannot be told, the commit it was started from. */
async function basesOf(
  look: Look,
  contents: readonly Content[],
  targets: readonly (Target | undefined)[],
): Promise<string[]> {
  const asked = contents.flatMap(({ entry, head }, index) => {
    const target = targets[index]?.commit;
    return target === undefined || head === entry.base ? [] : [{ index, head, base: entry.base, target }];
  });
  const found = await mergeBases(look.place, asked);
  const known = new Map(asked.map(({ index }, at) => [index, found[at]]));
  return contents.map(({ entry }, index) => known.get(index) ?? entry.base);
}
