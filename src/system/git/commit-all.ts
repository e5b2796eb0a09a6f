import { type GitPlace, git, gitFailure, tryGit, withoutHooks } from "./command.ts";

/** The filters of the repository may wait for a network; what takes longer than this hangs. */
const filterMilliseconds = 300_000;

/** A key may wait for its owner, who may be away. */
const signingMilliseconds = 60_000;

/**
 * Puts all that git does not ignore into the index, in a sparse checkout also what is outside of it, and tells no hook. Returns git's
 * warnings. Throws FleetError `failed` when a file cannot be read.
 */
export async function stageAll(place: GitPlace): Promise<string> {
  const words = [...withoutHooks, "add", "--all", "--sparse"];
  const added = await tryGit(place, words, { timeoutMilliseconds: filterMilliseconds });
  if (added.exitCode !== 0) throw gitFailure(added);
  return added.stderr;
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
