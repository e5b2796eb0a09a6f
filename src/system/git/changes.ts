import { removeTree } from "../files.ts";
import { isTerminal } from "../terminal.ts";
import { type GitPlace, git, gitInPager, gitOnTerminal, withoutHooks } from "./command.ts";
import { copyIndex } from "./index-copy.ts";
import { type FileChange, parseNumstat } from "./numstat.ts";
import { aroundRefusals, type Detour, type RefusedPath, straightOn } from "./refused-paths.ts";

/** The number of changed, staged and untracked files of a checkout; ignored files do not count. */
export async function uncommittedFiles(place: GitPlace): Promise<number> {
  const text = await git(place, ["status", "--porcelain", "-z", "--no-renames", "--untracked-files=all"]);
  return text.split("\0").filter(Boolean).length;
}

/** A branch of an agent and where it started, as commits. */
export interface Progress {
  readonly tip: string;
  readonly base: string;
}

/** How many commits a branch has that its base has not. */
export interface Ahead {
  readonly commits: number;
  /** They follow one another from the base to the tip. Each names the one before it, so that it will never be another number. */
  readonly inLine: boolean;
}

/** Commits that are not there say nothing of the others, and what somebody put in their place (`git replace`) is not what was made. */
const countingCommits = ["--no-replace-objects", "rev-list", "--ignore-missing", "--stdin"];
const nothingAhead: Ahead = { commits: 0, inLine: true };

/**
 * How many commits each branch has that its own base has not: one call for all that simply went on from their bases, and one more for
 * each whose history is not told by that (merged, rebased, or with the start of another agent in it).
 */
export async function commitsAhead(
  place: GitPlace,
  branches: readonly Progress[],
): Promise<(progress: Progress) => Ahead> {
  const moved = branches.filter(({ tip, base }) => tip !== base);
  const counts = new Map<string, Ahead>();
  if (moved.length > 0) {
    const parents = await parentsAhead(place, moved);
    const counted = moved.map(async (progress) => {
      const steps = stepsInLine(progress, parents);
      const commits = steps ?? (await countAhead(place, progress));
      counts.set(keyOf(progress), { commits, inLine: steps !== undefined });
    });
    await Promise.all(counted);
  }
  return (progress) => counts.get(keyOf(progress)) ?? nothingAhead;
}

function keyOf({ tip, base }: Progress): string {
  return `${base}..${tip}`;
}

/** The commits of the tips that none of the bases has, each with its parents. */
async function parentsAhead(place: GitPlace, moved: readonly Progress[]): Promise<Map<string, readonly string[]>> {
  const revisions = [...moved.map(({ tip }) => tip), ...moved.map(({ base }) => `^${base}`)];
  const text = await git(place, [...countingCommits, "--parents"], {
    input: `${[...new Set(revisions)].join("\n")}\n`,
  });
  const rows = text.split("\n").map((line) => line.split(" "));
  return new Map(rows.map(([commit = "", ...rest]) => [commit, rest]));
}

/** The number of commits on the only way back to the base; `undefined` when the way forks or does not end there. */
function stepsInLine({ tip, base }: Progress, parents: ReadonlyMap<string, readonly string[]>): number | undefined {
  let count = 0;
  for (let commit = tip; commit !== base; count += 1) {
    const [parent, ...others] = parents.get(commit) ?? [];
    if (parent === undefined || others.length > 0) return undefined;
    commit = parent;
  }
  return count;
}

async function countAhead(place: GitPlace, { tip, base }: Progress): Promise<number> {
  const input = `${tip}\n^${base}\n`;
  return Number(await git(place, [...countingCommits, "--count"], { input }));
}

/** What differs between a commit and a working tree, in files and as a patch. */
export interface WorkingDiff {
  readonly files: readonly FileChange[];
  readonly patch: string;
  /** What of the working tree is not in it, because git cannot read it. */
  readonly refused: readonly RefusedPath[];
}

/** How a difference is to be shown: with these options of git's, and on a terminal with this instead of each line. */
export interface Display {
  readonly options: readonly string[];
  readonly shown: (line: string) => string;
}

/** How a difference was shown. */
export interface Shown {
  /** Git's. */
  readonly exitCode: number;
  /** What of the working tree was not shown, because git cannot read it. */
  readonly refused: readonly RefusedPath[];
}

/** A working tree to be compared with a commit: where its admin directory is, and the path of an index that is there for this alone. */
export interface WorkingTree {
  readonly place: GitPlace;
  readonly admin: string;
  readonly scratchIndex: string;
}

/** How git ends when it gives up. */
const fatalExitCode = 128;

/**
 * Shows what changed between a commit and a working tree, untracked files included, on the user's terminal, without what git cannot read
 * there. Where the answer goes to a program it is looked at before, so that it is whole from its first line on; somebody who looks at it
 * sees it again.
 */
export async function showDiff(tree: WorkingTree, base: string, display: Display): Promise<Shown> {
  return withUntracked(tree, async (place, untracked) => {
    const attempt = { args: [...plainDiff, "--numstat", base], from: untracked };
    const show = ({ settings, pathspecs }: Detour) =>
      showGit(place, [...settings, "diff", ...display.options, base, "--", ...pathspecs], display);
    const detour = isTerminal(1) ? untracked : await aroundRefusals(place, attempt);
    const exitCode = await show(detour);
    if (exitCode !== fatalExitCode || !isTerminal(1)) return { exitCode, refused: detour.refused };
    const around = await aroundRefusals(place, attempt);
    return { exitCode: await show(around), refused: around.refused };
  });
}

/** Whatever the user has configured for their eyes, the patch is one that `git apply` takes. No program of the repository runs. */
const plainPatch = ["-c", "diff.noprefix=false", "-c", "diff.mnemonicPrefix=false"];
const plainDiff = ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--no-relative", "-M", "--submodule=short"];

/** Reads what changed between a commit and a working tree, untracked files included, without what git cannot read there. */
export async function readDiff(tree: WorkingTree, base: string): Promise<WorkingDiff> {
  return withUntracked(tree, (place, untracked) => readWith(place, [base], untracked));
}

/** Shows what differs between two trees on the user's terminal. The result is git's exit code. */
export async function showTrees(place: GitPlace, [from, to]: TreePair, display: Display): Promise<number> {
  return showGit(place, ["diff", ...display.options, from, to, "--"], display);
}

/** To a program goes what git prints, byte for byte. */
async function showGit(place: GitPlace, args: readonly string[], { shown }: Display): Promise<number> {
  return isTerminal(1) ? gitInPager(place, args, shown) : gitOnTerminal(place, args);
}

/** Reads what differs between two trees. */
export async function readTrees(place: GitPlace, trees: TreePair): Promise<WorkingDiff> {
  return readWith(place, trees, straightOn);
}

/** The trees on the left and on the right of a comparison. */
export type TreePair = readonly [string, string];

async function readWith(place: GitPlace, revisions: readonly string[], from: Detour): Promise<WorkingDiff> {
  const [numbers, patch] = await Promise.all(
    [["--numstat", "-z"], ["--patch"]].map((form) =>
      aroundRefusals(place, { args: [...plainPatch, ...plainDiff, ...form, ...revisions], from }),
    ),
  );
  return {
    files: parseNumstat(numbers?.stdout ?? ""),
    patch: patch?.stdout ?? "",
    refused: numbers?.refused ?? [],
  };
}

/** The untracked files are marked in a copy of the index, so the agent's own index is never touched. */
async function withUntracked<Value>(
  { place, admin, scratchIndex }: WorkingTree,
  body: (place: GitPlace, untracked: Detour) => Promise<Value>,
): Promise<Value> {
  try {
    copyIndex(admin, scratchIndex);
    const withIndex = { ...place, index: scratchIndex };
    const args = [...withoutHooks, "add", "--intent-to-add", "--all", "--sparse", "--ignore-errors"];
    return await body(withIndex, await aroundRefusals(withIndex, { args }));
  } finally {
    removeTree(scratchIndex);
  }
}
