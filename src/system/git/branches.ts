import { type GitPlace, git, tryGit, withoutHooks } from "./command.ts";
import { plainRepository } from "./plain-repository.ts";
import { commitOfBranch } from "./ref-files.ts";

/** A local branch. */
export interface Branch {
  readonly name: string;
  readonly commit: string;
  /** The worktree it is checked out in, if any. */
  readonly worktree: string | undefined;
}

const commitAndName = "%(objectname) %(refname:lstrip=2)";

/** The local branches with these names and all below them (`fix` finds `fix/typo` too), by name, in one call. */
export async function branchesAt(place: GitPlace, names: readonly string[]): Promise<Map<string, Branch>> {
  const patterns = names.map((name) => `refs/heads/${name}`);
  const text =
    patterns.length === 0
      ? ""
      : await git(place, ["for-each-ref", `--format=${commitAndName}%00%(worktreepath)`, ...patterns]);
  const branches = text.split("\n").filter(Boolean).map(parseBranch);
  return new Map(branches.map((branch) => [branch.name, branch]));
}

/** The commits of the branches that are called exactly so. Where they are checked out is not asked: git would look at each worktree that there is. */
export async function tipsOf(place: GitPlace, names: readonly string[]): Promise<Map<string, string>> {
  const wanted = new Set(names);
  if (wanted.size === 0) return new Map();
  return tipsInFiles(place, wanted) ?? askForTips(place, wanted);
}

/** Those that can be read from git's own files; `undefined` as soon as git is to be asked for one. */
function tipsInFiles(place: GitPlace, wanted: ReadonlySet<string>): Map<string, string> | undefined {
  const plain = plainRepository(place);
  if (plain === undefined) return undefined;
  const read = [...wanted].map((name) => [name, commitOfBranch(plain.commonDirectory, name)] as const);
  if (read.some(([, commit]) => commit === "unreadable")) return undefined;
  return new Map(read.filter(([, commit]) => commit !== "absent"));
}

async function askForTips(place: GitPlace, wanted: ReadonlySet<string>): Promise<Map<string, string>> {
  const patterns = [...wanted].map((name) => `refs/heads/${name}`);
  const text = await git(place, ["for-each-ref", `--format=${commitAndName}`, "--", ...patterns]);
  const rows = text.split("\n").filter(Boolean).map(parseCommitAndName);
  return new Map(rows.filter(({ name }) => wanted.has(name)).map(({ name, commit }) => [name, commit]));
}

/** A branch of a remote, as the last fetch left it. */
export interface RemoteBranch {
  /** `origin/fix` */
  readonly name: string;
  /** What it is called there: `fix`. A remote may have slashes in its own name. */
  readonly branch: string;
  readonly ref: string;
  readonly commit: string;
}

/** What there is around the names of new branches. */
export interface BranchesAround {
  /** As `branchesAt` has them. */
  readonly local: ReadonlyMap<string, Branch>;
  /**
   * Those of remotes that are called so, or that are named with their remote: `fix` and `origin/fix` both find `origin/fix`. Of several
   * that are called the same, `checkout.defaultRemote` takes one, as it does for git.
   */
  readonly remote: readonly RemoteBranch[];
  /** How many commits the upstream of a local branch has that it has not, for those that are behind. */
  readonly behind: ReadonlyMap<string, { readonly upstream: string; readonly commits: number }>;
}

const around = "%(refname)%00%(objectname)%00%(worktreepath)%00%(upstream:short)%00%(upstream:track,nobracket)";

/** The branches with these names, here and on remotes, and how far the `bases` among them are behind, in one call. */
export async function branchesAround(
  place: GitPlace,
  names: readonly string[],
  bases: readonly string[],
): Promise<BranchesAround> {
  const patterns = [
    ...[...names, ...bases].map((name) => `refs/heads/${name}`),
    ...names.flatMap((name) => [`refs/remotes/**/${name}`, `refs/remotes/${name}`]),
  ];
  const text = patterns.length === 0 ? "" : await git(place, ["for-each-ref", `--format=${around}`, "--", ...patterns]);
  const rows = text.split("\n").filter(Boolean);
  const refs = rows.map((row) => {
    const [ref = "", commit = "", worktree, upstream = "", track = ""] = row.split("\0");
    return {
      ref,
      commit,
      worktree: worktree || undefined,
      upstream,
      behind: Number(/behind (\d+)/.exec(track)?.[1] ?? 0),
    };
  });
  const heads = refs
    .filter(({ ref }) => ref.startsWith("refs/heads/"))
    .map((each) => ({ ...each, name: each.ref.slice("refs/heads/".length) }));
  const isAround = (name: string) => names.some((wanted) => name === wanted || name.startsWith(`${wanted}/`));
  return {
    local: new Map(
      heads
        .filter(({ name }) => isAround(name))
        .map(({ name, commit, worktree }) => [name, { name, commit, worktree }]),
    ),
    remote: await ofRemotes(
      place,
      names,
      refs.filter(({ ref }) => ref.startsWith("refs/remotes/") && !ref.endsWith("/HEAD")),
    ),
    behind: new Map(
      heads
        .filter(({ name, behind }) => behind > 0 && bases.includes(name))
        .map(({ name, upstream, behind }) => [name, { upstream, commits: behind }]),
    ),
  };
}

/** The branches of remotes that are meant by `names`. Git is asked only where the refs alone do not say which remote they are of. */
async function ofRemotes(
  place: GitPlace,
  names: readonly string[],
  refs: readonly { readonly ref: string; readonly commit: string }[],
): Promise<RemoteBranch[]> {
  const found = refs.map(({ ref, commit }) => ({ name: ref.slice("refs/remotes/".length), ref, commit }));
  const isPlain = found.every(({ name }) => name.split("/").length === 2);
  const remotes = isPlain ? [] : (await git(place, ["remote"])).split("\n").filter(Boolean);
  const branches = found
    .map((each) => ({ ...each, branch: each.name.slice(remoteIn(each.name, remotes).length + 1) }))
    .filter(({ name, branch }) => names.includes(branch) || names.includes(name));
  const isOpen = names.some((wanted) => branches.filter(({ branch }) => branch === wanted).length > 1);
  if (!isOpen) return branches;
  const taken = (await tryGit(place, ["config", "--get", "checkout.defaultRemote"])).stdout.trim();
  const isTaken = ({ name, branch }: RemoteBranch) => name === `${taken}/${branch}`;
  return branches.filter(
    (each) => isTaken(each) || !branches.some((other) => other.branch === each.branch && isTaken(other)),
  );
}

/** The remote of a name such as `origin/fix`: what is before the first slash, where no remote is called so. */
function remoteIn(name: string, remotes: readonly string[]): string {
  const [longest] = remotes
    .filter((remote) => name.startsWith(`${remote}/`))
    .toSorted((one, other) => other.length - one.length);
  return longest ?? name.slice(0, name.indexOf("/"));
}

/** The commit that a revision names; `undefined` when it names none. */
export async function resolveCommit(place: GitPlace, revision: string): Promise<string | undefined> {
  if (revision.startsWith("-")) return undefined;
  // All behind `:/` is what is looked for in messages, and what is found is a commit.
  const named = revision.startsWith(":/") ? revision : `${revision}^{commit}`;
  const result = await tryGit(place, ["rev-parse", "--verify", "--quiet", "--end-of-options", named]);
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

/**
 * Brings a branch back at a commit, without asking any hook; never moves one that is there. Throws FleetError `failed` with git's words.
 */
export async function createBranchAt(place: GitPlace, name: string, commit: string): Promise<void> {
  const ref = `refs/heads/${name}`;
  await git(place, [...withoutHooks, "update-ref", "--no-deref", ref, commit, "0".repeat(commit.length)]);
}

/** As long as `git worktree add` may take that makes a branch. */
const makingMilliseconds = 120_000;

/**
 * Makes new branches in one call: all of them or, where one cannot be made, none. Says whether it did; a hook of the repository may refuse.
 */
export async function createBranches(
  place: GitPlace,
  branches: readonly Pick<Branch, "name" | "commit">[],
  cancelled: AbortSignal,
): Promise<boolean> {
  // No name of a branch has a space or a line end in it.
  const input = branches.map(({ name, commit }) => `create refs/heads/${name} ${commit}\n`).join("");
  const words = ["update-ref", "--no-deref", "-m", "branch: Created", "--stdin"];
  const bounded = { input, timeoutMilliseconds: makingMilliseconds, cancelled };
  return (await tryGit(place, words, bounded)).exitCode === 0;
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
  const [start = "", worktree] = line.split("\0");
  return { ...parseCommitAndName(start), worktree: worktree || undefined };
}

function parseCommitAndName(text: string): Pick<Branch, "commit" | "name"> {
  const space = text.indexOf(" ");
  return { commit: text.slice(0, space), name: text.slice(space + 1) };
}
