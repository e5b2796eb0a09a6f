import { type GitPlace, git, tryGit, withoutHooks } from "./command.ts";

/** A local branch. */
export interface Branch {
  readonly name: string;
  readonly commit: string;
  /** The worktree it is checked out in, if any. */
  readonly worktree: string | undefined;
}

const format = "%(objectname) %(refname:lstrip=2)%00%(worktreepath)";

/** The local branches with these names and all below them (`fix` finds `fix/typo` too), by name, in one call. */
export async function branchesAt(place: GitPlace, names: readonly string[]): Promise<Map<string, Branch>> {
  const patterns = names.map((name) => `refs/heads/${name}`);
  const text = patterns.length === 0 ? "" : await git(place, ["for-each-ref", `--format=${format}`, ...patterns]);
  const branches = text.split("\n").filter(Boolean).map(parseBranch);
  return new Map(branches.map((branch) => [branch.name, branch]));
}

/** The commit that a revision names; `undefined` when it names none. */
export async function resolveCommit(place: GitPlace, revision: string): Promise<string | undefined> {
  if (revision.startsWith("-")) return undefined;
  const result = await tryGit(place, ["rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`]);
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/** Makes a branch at a commit; never moves one that is there. Throws FleetError `failed` with git's words. */
export async function createBranchAt(place: GitPlace, name: string, commit: string): Promise<void> {
  await git(place, ["update-ref", "--no-deref", `refs/heads/${name}`, commit, "0".repeat(commit.length)]);
}

/** The repository's reference-transaction hook is asked for each branch; one that takes longer than this hangs. */
const hookMilliseconds = 10_000;

/**
 * Deletes a branch if it still points at `commit`, and says whether it did: git compares and deletes in one step. A hook of the
 * repository may refuse, but not for ever; `hooks: false` asks none, for a branch that is taken back.
 */
export async function deleteBranchAt(
  place: GitPlace,
  name: string,
  commit: string,
  { hooks } = { hooks: true },
): Promise<boolean> {
  const quiet = hooks ? [] : withoutHooks;
  const args = [...quiet, "update-ref", "--no-deref", "-d", `refs/heads/${name}`, commit];
  return (await tryGit(place, args, { timeoutMilliseconds: hookMilliseconds })).exitCode === 0;
}

function parseBranch(line: string): Branch {
  const [commitAndName = "", worktree] = line.split("\0");
  const space = commitAndName.indexOf(" ");
  return {
    commit: commitAndName.slice(0, space),
    name: commitAndName.slice(space + 1),
    worktree: worktree || undefined,
  };
}
