import { removeTree } from "../files.ts";
import { type GitPlace, git, gitOnTerminal } from "./command.ts";
import { copyIndex } from "./index-copy.ts";

/** The number of changed, staged and untracked files of a checkout; ignored files do not count. */
export async function uncommittedFiles(place: GitPlace): Promise<number> {
  const text = await git(place, ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]);
  return text.split("\0").filter(Boolean).length;
}

/**
 * How many commits each branch has that its base has not, in one call whatever the number of branches. Commits that another of the
 * bases holds already count as merged.
 */
export async function commitsAhead(
  place: GitPlace,
  branches: readonly { readonly tip: string; readonly base: string }[],
): Promise<Map<string, number>> {
  const moved = branches.filter(({ tip, base }) => tip !== base);
  const counts = new Map(branches.map(({ tip }) => [tip, 0]));
  if (moved.length === 0) return counts;
  const revisions = [...moved.map(({ tip }) => tip), ...branches.map(({ base }) => `^${base}`)];
  const text = await git(place, ["rev-list", "--parents", "--ignore-missing", "--stdin"], {
    input: `${[...new Set(revisions)].join("\n")}\n`,
  });
  const parents = new Map(
    text
      .split("\n")
      .map((line) => line.split(" "))
      .map(([commit = "", ...rest]) => [commit, rest]),
  );
  for (const { tip } of moved) counts.set(tip, reachable(tip, parents));
  return counts;
}

function reachable(tip: string, parents: ReadonlyMap<string, readonly string[]>): number {
  const seen = new Set<string>();
  const pending = [tip];
  for (let commit = pending.pop(); commit !== undefined; commit = pending.pop()) {
    const next = parents.get(commit);
    if (next === undefined || seen.has(commit)) continue;
    seen.add(commit);
    pending.push(...next);
  }
  return seen.size;
}

/**
 * Shows what changed between a commit and a working tree, untracked files included, on the user's terminal. The untracked files
 * are marked in a copy of the index (`scratchIndex`), so the agent's own index is never touched.
 */
export async function showDiff(
  place: GitPlace,
  admin: string,
  base: string,
  scratchIndex: string,
  options: readonly string[],
): Promise<number> {
  try {
    copyIndex(admin, scratchIndex);
    const withIndex = { ...place, index: scratchIndex };
    await git(withIndex, ["add", "--intent-to-add", "--all", "--ignore-errors"]);
    return await gitOnTerminal(withIndex, ["diff", ...options, base, "--"]);
  } finally {
    removeTree(scratchIndex);
  }
}
