import { join } from "node:path";
import { keepLooks, type LookCache, readLooks } from "../../state/look-cache.ts";
import { readTextIfExists } from "../../system/files.ts";
import { tryGit } from "../../system/git/command.ts";
import { type MergePair, mergeTrees } from "../../system/git/merge-tree.ts";
import { statePlaces } from "../fleet.ts";
import type { Look } from "./content.ts";

/** Which files would be in conflict if two commits were merged; none when that is clean. */
export type Conflicts = (ours: string, theirs: string) => readonly string[];

/** Stands for the files of commits that have no common history. */
const unrelated = "(no common history)";

/**
 * Looks which pairs of commits would conflict, in one process of git for all that were not looked at before. A look that was kept counts
 * as long as neither content nor the `rules` of merging have changed, as `mergeRules` names them.
 */
export async function conflictsOf(look: Look, pairs: readonly MergePair[], rules: string): Promise<Conflicts> {
  const cache: LookCache<string> = {
    places: statePlaces(look.fleet),
    repository: look.repository.commonDirectory,
    kind: "merges",
    isFound: (value) => typeof value === "string",
  };
  const different = pairs.filter(([ours, theirs]) => ours !== theirs);
  if (different.length === 0) return () => [];
  const keyOf = ([ours, theirs]: MergePair) => `${ours} ${theirs} ${rules}`;
  const before = readLooks(cache);
  const missing = [...new Map(different.map((pair) => [keyOf(pair), pair])).values()].filter(
    (pair) => !before.has(keyOf(pair)),
  );
  const outcomes = await mergeTrees(look.place, missing);
  const looked = new Map(
    missing.map((pair, index): [string, readonly string[]] => {
      const outcome = outcomes[index];
      return [keyOf(pair), outcome?.tree === undefined ? [unrelated] : outcome.conflicts];
    }),
  );
  const found = new Map([...before, ...looked]);
  const now = new Map(different.map((pair) => [keyOf(pair), found.get(keyOf(pair)) ?? []]));
  keepLooks(cache, before, now);
  return (ours, theirs) => now.get(keyOf([ours, theirs])) ?? [];
}

/** Names the attributes and drivers that decide how files are compared and merged: those of the main checkout as it is now, and of the user. */
export async function mergeRules({ place, repository }: Look): Promise<string> {
  const [listed, drivers] = await Promise.all([
    tryGit(place, ["ls-files", "-z", "--", ":(glob)**/.gitattributes"]),
    tryGit(place, ["config", "--null", "--get-regexp", "^(merge\\.|diff\\.|core\\.attributesfile$)"]),
  ]);
  const hash = new Bun.CryptoHasher("sha256").update(drivers.stdout);
  for (const file of new Set([".gitattributes", ...listed.stdout.split("\0").filter(Boolean)])) {
    hash.update(`${file}\0${readTextIfExists(join(place.directory, file)) ?? ""}\0`);
  }
  hash.update(readTextIfExists(join(repository.commonDirectory, "info", "attributes")) ?? "");
  return hash.digest("hex").slice(0, 16);
}
