import { statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { exists, makePrivateDirectory, removeTree } from "../../../system/files.ts";
import { type GitPlace, git } from "../../../system/git/command.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";

/** A merge that has not moved its branch, and the checkout in which git may have begun with it. */
interface HalfMerge {
  readonly entry: AgentEntry;
  readonly worktree: string;
  readonly old: string;
  readonly new: string;
  /** When it began, as an ISO date. */
  readonly at: string;
}

/**
 * Gives back to all files that a merge changes the content of before, where they have that of after it. Throws FleetError `failed` when one
 * has neither, and nothing is changed then.
 */
export async function putBack(fleet: Fleet, merge: HalfMerge): Promise<void> {
  const { place, touched, strange } = await lookAt(fleet, merge);
  if (strange.length > 0) {
    throw new FleetError("failed", `files in ${place.directory} are neither as before the merge nor as after it`, {
      output: strange.join("\n"),
      hint: `to see them, run git -C ${shellWord(place.directory)} status`,
    });
  }
  await restoreFiles(place, merge.old, touched);
}

/**
 * Gives files back as `putBack` does after a merge that git has refused. That may have changed the checkout by then, as when a hook does not
 * let the branch move; what was in the checkout before it began is the user's and stays.
 */
export async function putBackRefused(fleet: Fleet, merge: HalfMerge): Promise<void> {
  const { place, touched } = await lookAt(fleet, merge);
  const since = Date.parse(merge.at) - clockMilliseconds;
  const changedAt = (path: string) => statSync(join(place.directory, path), { throwIfNoEntry: false })?.mtimeMs;
  await restoreFiles(
    place,
    merge.old,
    touched.filter((path) => (changedAt(path) ?? since) >= since),
  );
}

/** The clock of files is a tick of the kernel behind. */
const clockMilliseconds = 20;

/** The files that are as after the merge and not as before it, and those that are as neither. */
async function lookAt(fleet: Fleet, { entry, worktree, old, new: merged }: HalfMerge) {
  const place = gitAt(fleet, worktree);
  const scratch = scratchIndex(fleet, entry);
  const text = await git(place, ["diff-tree", "-r", "-z", "--no-renames", "--name-only", old, merged]);
  const paths = text.split("\0").filter(Boolean);
  const unlikeOld = await pathsUnlike(place, old, paths, scratch);
  const unlikeNew = await pathsUnlike(place, merged, paths, scratch);
  const changed = paths.filter((path) => unlikeOld.has(path));
  return {
    place,
    touched: changed.filter((path) => !unlikeNew.has(path)),
    strange: changed.filter((path) => unlikeNew.has(path)),
  };
}

function scratchIndex(fleet: Fleet, { id }: AgentEntry): string {
  const { directory } = agentFiles(statePlaces(fleet), id);
  makePrivateDirectory(directory);
  return join(directory, `index-${process.pid}`);
}

/** Files, and what the index says of them, as they are in a commit. */
async function restoreFiles(place: GitPlace, commit: string, paths: readonly string[]): Promise<void> {
  if (paths.length === 0) return;
  const [inCommit, inIndex] = await Promise.all([
    git(place, ["ls-tree", "-r", "-z", "--name-only", "--full-tree", commit]),
    git(place, ["ls-files", "-z"]),
  ]);
  const before = new Set(inCommit.split("\0"));
  const known = new Set([...before, ...inIndex.split("\0")]);
  for (const path of paths.filter((each) => !before.has(each))) removeTree(join(place.directory, path));
  const names = paths.filter((path) => known.has(path)).map((path) => `:(literal,top)${path}`);
  if (names.length === 0) return;
  await git(
    place,
    ["restore", ...["--pathspec-from-file=-", "--pathspec-file-nul", `--source=${commit}`, "--worktree", "--staged"]],
    { input: names.join("\0") },
  );
}

/** Those of the paths where a file is not as in a commit, or is there though the commit has none; `scratch` is for an index. */
async function pathsUnlike(
  place: GitPlace,
  commit: string,
  paths: readonly string[],
  scratch: string,
): Promise<Set<string>> {
  const apart = { ...place, index: scratch };
  try {
    await git(apart, ["read-tree", commit]);
    const changed = await git(apart, ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff"]);
    const known = new Set((await git(apart, ["ls-files", "-z"])).split("\0"));
    const unlike = new Set(changed.split("\0"));
    const isThere = (path: string) => exists(join(place.directory, path));
    return new Set(paths.filter((path) => (known.has(path) ? unlike.has(path) : isThere(path))));
  } finally {
    removeTree(scratch);
  }
}
