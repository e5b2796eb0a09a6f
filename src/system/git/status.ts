import { join } from "node:path";
import { exists } from "../files.ts";
import { type GitOptions, type GitPlace, git } from "./command.ts";

/** One path that differs between HEAD, index and working tree, or that git does not know. */
export interface ChangedPath {
  readonly path: string;
  readonly untracked: boolean;
  /** Contents that only the index holds, by object id: a staged version, the sides of a conflict. */
  readonly staged: readonly string[];
  /**
   * No commit made here can hold it: it is a repository of its own, a submodule with changes or commits among them, or its name is not
   * UTF-8.
   */
  readonly unholdable: boolean;
}

const nothing = /^0+$/;
/** Git asks the filters of the repository what a file would be as a blob; one that takes longer than this hangs. */
const filterMilliseconds = 300_000;

/**
 * Every changed and untracked path of a checkout, ignored ones left out, without touching its index: also those that git was told not
 * to look at (`update-index --assume-unchanged`, `--skip-worktree`). Throws FleetError `failed` when a filter fails or hangs.
 */
export async function changedPaths(place: GitPlace, timeoutMilliseconds = filterMilliseconds): Promise<ChangedPath[]> {
  const bounded = { timeoutMilliseconds };
  const [visible, hidden] = await Promise.all([visibleChanges(place, bounded), hiddenPaths(place, bounded)]);
  return [...visible, ...hidden];
}

/** Files that git does not look at (marked by `ls-files -v` with `S` or a small letter), and that differ from the index all the same. */
async function hiddenPaths(place: GitPlace, bounded: GitOptions): Promise<ChangedPath[]> {
  const marked = (await git(place, ["ls-files", "-v", "-z"])).split("\0").filter((line) => /^(S|[a-z]) /.test(line));
  const paths = marked.map((line) => line.slice(2)).filter((path) => exists(join(place.directory, path)));
  const states = await Promise.all(
    paths.map(async (path) => ({ path, changed: await differsFromIndex(place, path, bounded) })),
  );
  return states
    .filter(({ changed }) => changed)
    .map(({ path }) => ({ path, untracked: false, staged: [], unholdable: isUnreadable(path) }));
}

async function differsFromIndex(place: GitPlace, path: string, bounded: GitOptions): Promise<boolean> {
  const [object, staged] = await Promise.all([
    git(place, ["hash-object", "--", path], bounded),
    git(place, ["ls-files", "-s", "-z", "--", `:(top,literal)${path}`]),
  ]);
  return staged.split(" ")[1] !== object.trim();
}

async function visibleChanges(place: GitPlace, bounded: GitOptions): Promise<ChangedPath[]> {
  const words = ["--porcelain=v2", "-z", "--no-renames", "--untracked-files=all", "--ignore-submodules=none"];
  const text = await git(place, ["-c", "core.fsmonitor=false", "status", ...words], bounded);
  return text
    .split("\0")
    .map(parse)
    .filter((changed) => changed !== undefined);
}

/** The lines of git-status(1), "Porcelain Format Version 2": `1` changed, `u` in conflict, `?` untracked. */
function parse(line: string): ChangedPath | undefined {
  const words = line.split(" ");
  switch (words[0]) {
    case "?": {
      const path = line.slice(2);
      return {
        path: path.replace(/\/$/, ""),
        untracked: true,
        staged: [],
        unholdable: path.endsWith("/") || isUnreadable(path),
      };
    }
    case "1":
      return changed(words, words.slice(7, 8), words.slice(8));
    case "u":
      return changed(words, words.slice(7, 10), words.slice(10));
    default:
      return undefined;
  }
}

/** Its bytes were replaced by the sign for what cannot be decoded. */
function isUnreadable(path: string): boolean {
  return path.includes("\ufffd");
}

function changed(words: readonly string[], objects: readonly string[], path: readonly string[]): ChangedPath {
  return {
    path: path.join(" "),
    untracked: false,
    staged: objects.filter((object) => !nothing.test(object)),
    unholdable: words[2]?.startsWith("S") === true || isUnreadable(path.join(" ")),
  };
}
