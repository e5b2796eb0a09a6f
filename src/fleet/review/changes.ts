import { availableParallelism } from "node:os";
import { keepLooks, type LookCache, readLooks } from "../../state/look-cache.ts";
import { readTrees, type WorkingDiff } from "../../system/git/changes.ts";
import { mergeBases } from "../../system/git/merge-bases.ts";
import { type FileChange, treeChanges } from "../../system/git/numstat.ts";
import { atMost } from "../../system/limit.ts";
import { statePlaces } from "../fleet.ts";
import { type Content, type Look, treesIn, type Work } from "./content.ts";
import type { Target } from "./target.ts";

/**
 * What each of several agents has changed since it left the branch that its work goes into, in their order. What was looked at before
 * counts as long as neither commits nor the `rules` have changed, as `mergeRules` names them.
 */
export async function changesOf(
  look: Look,
  works: readonly Work[],
  targets: readonly (Target | undefined)[],
  rules: string,
): Promise<(readonly FileChange[])[]> {
  const cache: LookCache<FileChange> = {
    places: statePlaces(look.fleet),
    repository: look.repository.commonDirectory,
    kind: "changes",
    isFound: isFileChange,
  };
  const before = readLooks(cache);
  const keys = works.map(({ commit, head, entry }, index) =>
    [commit, head, entry.base, targets[index]?.commit ?? "-", rules].join(" "),
  );
  const missing = [...keys.keys()].filter((index) => !before.has(keys[index] ?? ""));
  const looked = await lookedAt(
    look,
    missing.flatMap((index) => works[index] ?? []),
    missing.map((index) => targets[index]),
  );
  const found = new Map([...before, ...missing.map((index, at) => [keys[index] ?? "", looked[at] ?? []] as const)]);
  const now = new Map(keys.map((key) => [key, found.get(key) ?? []]));
  keepLooks(cache, before, now);
  return keys.map((key) => now.get(key) ?? []);
}

/** What `changesOf` tells, with the patch of each. Nothing of it is kept. */
export async function patchesOf(
  look: Look,
  contents: readonly Content[],
  targets: readonly (Target | undefined)[],
): Promise<WorkingDiff[]> {
  const bases = await basesOf(look, contents, targets);
  const limit = atMost(availableParallelism());
  return Promise.all(
    contents.map(({ tree }, index) => limit(() => readTrees(look.place, [bases[index] ?? tree, tree]))),
  );
}

async function lookedAt(
  look: Look,
  works: readonly Work[],
  targets: readonly (Target | undefined)[],
): Promise<FileChange[][]> {
  const bases = await basesOf(look, works, targets);
  const trees = await treesIn(look, [...bases, ...works.map(({ commit }) => commit)]);
  return treeChanges(
    look.place,
    works.map((_, index) => [trees[index] ?? "", trees[bases.length + index] ?? ""]),
  );
}

/** Where the work of each agent leaves the branch that it goes into; where that cannot be told, the commit it was started from. */
async function basesOf(
  look: Look,
  works: readonly Work[],
  targets: readonly (Target | undefined)[],
): Promise<string[]> {
  const asked = works.flatMap(({ entry, head }, index) => {
    const target = targets[index]?.commit;
    return target === undefined || head === entry.base ? [] : [{ index, head, base: entry.base, target }];
  });
  const found = await mergeBases(look.place, asked);
  const known = new Map(asked.map(({ index }, at) => [index, found[at]]));
  return works.map(({ entry }, index) => known.get(index) ?? entry.base);
}

function isFileChange(value: unknown): value is FileChange {
  if (typeof value !== "object" || value === null || !("path" in value) || typeof value.path !== "string") return false;
  const { from, added, deleted } = value as Partial<Record<keyof FileChange, unknown>>;
  const isCount = (count: unknown) => count === undefined || typeof count === "number";
  return (from === undefined || typeof from === "string") && isCount(added) && isCount(deleted);
}
