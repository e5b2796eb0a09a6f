import { join } from "node:path";
import { exists } from "../files.ts";
import { type GitPlace, git, tryGit, withoutHooks } from "./command.ts";
import { aroundRefusals } from "./refused-paths.ts";

/** The filters of the repository may wait for a network; what takes longer than this hangs. */
const filterMilliseconds = 300_000;

/** A key may wait for its owner, who may be away. */
const signingMilliseconds = 60_000;

/** What was said of repositories inside of a worktree when all of it was put into the index. */
export interface Staged {
  /** Those of which the index has the name of a commit, and nothing else. */
  readonly repositories: readonly string[];
  /** Those in which nothing is committed, so that the index has nothing of them. */
  readonly empty: readonly string[];
  /** Submodules in which something is not committed: the index has the commit that is checked out there. */
  readonly submodules: readonly string[];
}

/**
 * Puts all that git does not ignore into the index, in a sparse checkout also what is outside of it, and tells no hook. Throws FleetError
 * `failed` when a file cannot be read; nothing is in the index then.
 */
export async function stageAll(place: GitPlace): Promise<Staged> {
  const { stderr, refused } = await aroundRefusals(place, {
    args: [...withoutHooks, "add", "--all", "--sparse"],
    options: { timeoutMilliseconds: filterMilliseconds },
    from: { settings: [], pathspecs: [], refused: [] },
    bears: ({ isEmptyRepository }) => isEmptyRepository,
  });
  const embedded = stderr.matchAll(/^warning: adding embedded git repository: (.+)$/gm);
  return {
    repositories: [...embedded].map(([, path = ""]) => path),
    empty: refused.map(({ path }) => path),
    submodules: await unsavedSubmodules(place),
  };
}

/** When all is staged, what still differs from the index is what submodules have of their own. */
async function unsavedSubmodules(place: GitPlace): Promise<string[]> {
  if (place.untrusted !== undefined || !exists(join(place.directory, ".gitmodules"))) return [];
  const differing = await git(place, ["diff-files", "--name-only", "-z", "--ignore-submodules=none"]);
  return differing.split("\0").filter(Boolean);
}

/** Whether nothing that was unsaved got into the index, because repositories inside of the worktree have all of it. */
export async function isAllElsewhere(place: GitPlace, { empty, submodules }: Staged): Promise<boolean> {
  return empty.length + submodules.length > 0 && !(await isAnythingStaged(place));
}

/** Whether a commit of the index would differ from HEAD. */
export async function isAnythingStaged(place: GitPlace): Promise<boolean> {
  return (await tryGit(place, ["diff", "--cached", "--quiet"])).exitCode !== 0;
}

/** The paths that git could not merge, of which the index has the sides: their files hold the marks of a conflict until somebody decides. */
export async function conflictedPaths(place: GitPlace): Promise<string[]> {
  const sides = (await git(place, ["ls-files", "--unmerged", "-z"])).split("\0").filter(Boolean);
  return [...new Set(sides.map((side) => side.slice(side.indexOf("\t") + 1)))];
}

/**
 * Makes a commit of the index without asking any hook, signed where the user signs. A key that is not at hand keeps nobody's work from
 * being committed: what is returned is git's word for why the commit is not signed, `undefined` when it is as the user wants it.
 */
export async function commitIndex(place: GitPlace, message: string): Promise<string | undefined> {
  const words = [...withoutHooks, "commit", "--quiet", "--no-verify", "--file=-"];
  const asConfigured = await tryGit(place, words, { input: message, timeoutMilliseconds: signingMilliseconds });
  if (asConfigured.exitCode === 0) return undefined;
  await git(place, ["-c", "commit.gpgSign=false", ...words], { input: message });
  if (asConfigured.timedOut) return "the key did not answer";
  return asConfigured.stderr.trim().split("\n")[0] ?? "";
}
