import { lstatSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { existsWithin } from "../files.ts";
import { shellWord } from "../shell.ts";
import { type GitOptions, type GitPlace, git, gitFailure, tryGit } from "./command.ts";

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
  /** It is not there, and git was told not to look: a sparse checkout, or a mark in the index. */
  readonly absent: boolean;
}

const nothing = /^0+$/;
/** Git asks the filters of the repository what a file would be as a blob; one that takes longer than this hangs. */
const filterMilliseconds = 300_000;

/**
 * Every changed and untracked path of a checkout, ignored ones left out, without touching its index: also those that git was told not
 * to look at (`update-index --assume-unchanged`, `--skip-worktree`). Throws FleetError `failed` when a filter fails or hangs.
 */
export async function changedPaths(
  place: GitPlace,
  timeoutMilliseconds = filterMilliseconds,
): Promise<readonly ChangedPath[]> {
  return (await changesFromHead(place, timeoutMilliseconds)).changes;
}

/** A checkout as it is: the commit that is checked out, `undefined` before the first or without its branch, and what differs from it. */
export interface Checkout {
  readonly head: string | undefined;
  readonly changes: readonly ChangedPath[];
}

/** What `changedPaths` tells of a checkout, with the commit that they are changes from. Throws as that does. */
export async function changesFromHead(place: GitPlace, timeoutMilliseconds = filterMilliseconds): Promise<Checkout> {
  const bounded = { timeoutMilliseconds };
  const [visible, hidden] = await Promise.all([visibleChanges(place, bounded), hiddenPaths(place)]);
  return { head: visible.head, changes: [...visible.changes, ...hidden] };
}

/** What the index says of a file that git does not look at. */
interface Hidden {
  readonly path: string;
  readonly mode: string;
  readonly object: string;
}

/** Files that git does not look at (marked by `ls-files -v` with `S` or a small letter), and that differ from the index all the same. */
async function hiddenPaths(place: GitPlace): Promise<ChangedPath[]> {
  const listed = (await git(place, ["ls-files", "-v", "-s", "-z"])).split("\0");
  const hidden = listed.filter((line) => /^(S|[a-z]) /.test(line)).map(parseHidden);
  const present = hidden.filter(({ path }) => existsWithin(place.directory, path));
  const objects = await objectsOf(place, present);
  const changed = present.filter(({ path, object }) => objects.get(path) !== object);
  return [
    ...changed.map((each) => ({ ...unstaged(each), unholdable: each.mode === submodule || isUnreadable(each.path) })),
    ...hidden.filter((each) => !present.includes(each)).map((each) => ({ ...unstaged(each), absent: true })),
  ];
}

/** `S 100644 <object> 0` TAB `path` */
function parseHidden(line: string): Hidden {
  const tab = line.indexOf("\t");
  const [, mode = "", object = ""] = line.slice(0, tab).split(" ");
  return { mode, object, path: line.slice(tab + 1) };
}

function unstaged({ path }: Hidden): ChangedPath {
  return { path, untracked: false, staged: [], unholdable: isUnreadable(path), absent: false };
}

/** The objects that git would make of files that are still of the kind that the index has; of others there is none. */
async function objectsOf(place: GitPlace, files: readonly Hidden[]): Promise<Map<string, string>> {
  const same = files.filter(({ path, mode }) => modeOf(join(place.directory, path)) === mode);
  const links = same.filter(({ mode }) => mode === link);
  const texts = same.filter(({ mode }) => mode !== link && mode !== submodule);
  const [linkObjects, textObjects] = await Promise.all([
    Promise.all(links.map(({ path }) => linkObject(place, path))),
    contentObjects(place, texts),
  ]);
  return new Map([
    ...links.map(({ path }, index) => [path, linkObjects[index] ?? ""] as const),
    ...texts.map(({ path }, index) => [path, textObjects[index] ?? ""] as const),
    // An empty folder is a submodule that was never checked out.
    ...same.flatMap(({ path, mode, object }) =>
      mode === submodule && readdirSync(join(place.directory, path)).length === 0 ? [[path, object] as const] : [],
    ),
  ]);
}

/** One that the user's filters refuse, or whose name does not fit into a line, counts as changed. */
async function contentObjects(place: GitPlace, files: readonly Hidden[]): Promise<string[]> {
  // A quote in front would be taken off; and attributes are looked up by the path from the root of the worktree.
  if (files.length === 0 || files.some(({ path }) => /^"|[\r\n]/.test(path))) return [];
  const input = files.map(({ path }) => `${path}\n`).join("");
  const result = await tryGit(place, ["hash-object", "--stdin-paths"], { input });
  return result.exitCode === 0 ? result.stdout.split("\n") : [];
}

async function linkObject(place: GitPlace, path: string): Promise<string> {
  const target = readlinkSync(join(place.directory, path), "buffer");
  return (await git(place, ["hash-object", "--no-filters", "--stdin"], { input: target })).trim();
}

const link = "120000";
const submodule = "160000";

/** The mode that git would give to what is at a path. */
function modeOf(path: string): string {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return link;
  if (stat.isDirectory()) return submodule;
  return (stat.mode & 0o100) === 0 ? "100644" : "100755";
}

async function visibleChanges(place: GitPlace, bounded: GitOptions): Promise<Checkout> {
  const words = ["--porcelain=v2", "--branch", "--no-ahead-behind", "-z", "--no-renames", "--untracked-files=all"];
  const modules = `--ignore-submodules=${place.untrusted === undefined ? "none" : "all"}`;
  const result = await tryGit(place, ["status", ...words, modules], bounded);
  if (result.exitCode !== 0) throw gitFailure(result, place);
  requireOpened(result.stderr);
  const lines = result.stdout.split("\0");
  const head = lines.find((line) => line.startsWith(headLine))?.slice(headLine.length);
  return {
    head: head === "(initial)" ? undefined : head,
    changes: lines.map(parse).filter((changed) => changed !== undefined),
  };
}

const headLine = "# branch.oid ";

/**
 * Git ends well when it could not open a directory, and says so on standard error alone: nothing that was not looked at counts as nothing.
 */
function requireOpened(stderr: string): void {
  const closed = [...stderr.matchAll(/could not open directory '(.*?)\/?': (.*)$/gm)].map(([, path]) => path);
  if (closed.length === 0) return;
  throw new FleetError("failed", `git cannot open ${closed.join(", ")}`, {
    output: stderr,
    hint: `chmod u+rwx ${closed.map((path) => shellWord(path ?? "")).join(" ")}`,
  });
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
        absent: false,
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
    absent: false,
  };
}
