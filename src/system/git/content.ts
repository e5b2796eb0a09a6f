import { removeTree } from "../files.ts";
import { type GitPlace, git } from "./command.ts";
import { copyIndex } from "./index-copy.ts";
import { aroundRefusals, type RefusedPath } from "./refused-paths.ts";

/** What is checked out in a worktree, and whether anything there is in no commit. */
export interface CheckedOut {
  /** `undefined` before the first commit. */
  readonly head: string | undefined;
  /** How many files are changed, staged, in conflict or untracked; ignored ones do not count. */
  readonly unsaved: number;
}

/** Filters of the repository may wait for a network; what takes longer than this hangs. */
const filterMilliseconds = 300_000;

/** Looks at a worktree, in one process that does not touch its index. Throws FleetError `failed` with git's words. */
export async function checkedOut(place: GitPlace, { alone } = { alone: true }): Promise<CheckedOut> {
  // Where as many gits as there are cores run at once, threads in each of them only cost.
  const threads = alone ? [] : ["-c", "core.preloadIndex=false"];
  const words = ["--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--no-renames", "--untracked-files=all"];
  const text = await git(place, [...threads, "status", ...words], { timeoutMilliseconds: filterMilliseconds });
  const lines = text.split("\0");
  const head = lines.find((line) => line.startsWith("# branch.oid "))?.slice("# branch.oid ".length);
  return {
    head: head === "(initial)" ? undefined : head,
    unsaved: lines.filter((line) => line !== "" && !line.startsWith("# ")).length,
  };
}

/** The tree of a worktree, and what is not in it because git cannot read it. */
export interface WorkingTreeContent {
  readonly tree: string;
  readonly refused: readonly RefusedPath[];
}

/**
 * The tree of all that is in a worktree and that git does not ignore, untracked files included: what `git add --all` and a commit would
 * make of it, without the paths that git refuses. It is made with a copy of the index, so that the worktree's own is not touched, and
 * without any hook; its objects go where `place.objects` says. Throws FleetError `failed` when git gives up.
 */
export async function workingTree(place: GitPlace, admin: string, scratchIndex: string): Promise<WorkingTreeContent> {
  const quiet = ["-c", "core.hooksPath=/dev/null", "-c", "core.splitIndex=false", "-c", "advice.addEmbeddedRepo=false"];
  const apart = { ...place, index: scratchIndex };
  try {
    copyIndex(admin, scratchIndex);
    const { refused, settings } = await aroundRefusals(apart, {
      args: [...quiet, "add", "--all", "--sparse", "--ignore-errors"],
      options: { timeoutMilliseconds: filterMilliseconds },
    });
    // It reads files anew that were written in the moment in which the index was.
    return { tree: (await git(apart, [...quiet, ...settings, "write-tree"])).trim(), refused };
  } finally {
    removeTree(scratchIndex);
    removeTree(`${scratchIndex}.lock`);
  }
}

/** Nobody reads these commits, and two of the same content shall be the same. */
const nobody = {
  GIT_AUTHOR_NAME: "ai-fleet",
  GIT_AUTHOR_EMAIL: "ai-fleet@localhost",
  GIT_AUTHOR_DATE: "1000000000 +0000",
  GIT_COMMITTER_NAME: "ai-fleet",
  GIT_COMMITTER_EMAIL: "ai-fleet@localhost",
  GIT_COMMITTER_DATE: "1000000000 +0000",
};

/** A commit that stands for content that is in none; the same for the same content. */
export async function contentCommit(place: GitPlace, tree: string, parents: readonly string[]): Promise<string> {
  const named = { ...place, environment: { ...place.environment, ...nobody } };
  const args = ["-c", "commit.gpgSign=false", "commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
  return (await git(named, args, { input: "content\n" })).trim();
}

/** The trees of commits, in their order, in one process. Throws FleetError `failed` when one is missing. */
export async function treesOf(place: GitPlace, commits: readonly string[]): Promise<string[]> {
  if (commits.length === 0) return [];
  const text = await git(place, ["rev-parse", ...commits.map((commit) => `${commit}^{tree}`)]);
  return text.trim().split("\n");
}
