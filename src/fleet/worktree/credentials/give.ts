import { lstatSync, mkdirSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { exists, isRealDirectory, realPath } from "../../../system/files.ts";
import { isExcludable } from "../../../system/git/exclude.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { submodules, unignoredPaths } from "../../../system/git/untracked.ts";
import { adminDirectory } from "../../../system/git/worktrees.ts";
import { atMost } from "../../../system/limit.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitIn, lockOptions, repositoryLock } from "../../fleet.ts";
import { hiddenCopies, hideCopies, noteCopies } from "./note.ts";

/** The files that a worktree should get, by their paths in the directory they are copied from: the main checkout unless given. */
export interface FilesToGive {
  readonly files: readonly string[];
  readonly from?: string;
}

/** What became of the files that a worktree should get. */
export interface GivenFiles {
  readonly copied: readonly string[];
  /** Why a file could not be copied, as a user would say it behind its name. */
  readonly failed: ReadonlyMap<string, string>;
  /** What else was not copied, and why, as a user would say it. */
  readonly problems: readonly string[];
}

/** More at a time gain nothing; each has two files open. */
const parallelCopies = 16;

/**
 * Copies files to the same place in the worktree of an agent, with their mode and that of the directories around them. What the worktree
 * has already is left alone: part of its branch or, where git ignores it, a copy that came with a cloned directory. What git would show
 * as untracked is hidden. Throws when cancelled, or when the disk is full.
 */
export async function giveFiles(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  { files, from = repository.root }: FilesToGive,
): Promise<GivenFiles> {
  if (files.length === 0) return { copied: [], failed: new Map(), problems: [] };
  const missing = new Set(files.filter((file) => !exists(join(entry.worktree, file))));
  const place = gitIn(fleet, entry);
  const astray = new Map(strayPaths(files, entry.worktree, await submodules(place)));
  const placeable = files.filter((path) => !astray.has(path));
  const unignored = new Set(await unignoredPaths(place, placeable));
  const hiddenElsewhere = new Set(hiddenCopies(repository));
  const { hidden, refused, problems } = hideable(
    // What is hidden for another worktree is ignored no longer than that is there.
    placeable.filter((path) => missing.has(path) && (unignored.has(path) || hiddenElsewhere.has(path))),
  );
  const copied = placeable.filter((path) => missing.has(path) && !refused.has(path));
  const cloned = placeable.filter((path) => !missing.has(path) && !unignored.has(path));
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `git did not register the worktree ${entry.worktree}`);
  noteCopies(admin, { copied: [...copied, ...cloned], hidden });
  if (hidden.length > 0) {
    await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => hideCopies(repository));
  }
  const failed = await copyAll(copied, from, entry.worktree, fleet.cancelled);
  return {
    copied: copied.filter((file) => !failed.has(file)),
    failed: new Map([...astray, ...failed].filter(([file]) => missing.has(file))),
    problems,
  };
}

/** Those of the paths at which nothing can be put, and why: the branch has a link or another repository on the way. */
function strayPaths(paths: readonly string[], worktree: string, modules: readonly string[]): [string, string][] {
  const root = realPath(worktree) ?? worktree;
  return paths.flatMap((path): [string, string][] => {
    if (modules.some((module) => path.startsWith(`${module}/`))) return [[path, "is inside a submodule"]];
    return leadsThroughLink(dirname(path), root) ? [[path, "leads through a link of the worktree"]] : [];
  });
}

function leadsThroughLink(directory: string, root: string): boolean {
  if (directory === ".") return false;
  if (exists(join(root, directory))) return realPath(join(root, directory)) !== join(root, directory);
  return leadsThroughLink(dirname(directory), root);
}

/** Puts one file at the same place in another tree, over what is there. Returns why it could not be: a link would lead elsewhere. */
export async function putBack(file: string, from: string, worktree: string): Promise<string | undefined> {
  const root = realPath(worktree) ?? worktree;
  const target = join(root, file);
  if (exists(target) && realPath(target) !== target) return "is a link now";
  return copyOne(file, from, root);
}

/** Whether a file of a tree is a file in it, at the end of no link. */
export function isOwnFile(file: string, tree: string): boolean {
  const path = join(realPath(tree) ?? tree, file);
  return exists(path) && lstatSync(path).isFile() && realPath(path) === path;
}

/** Git looks at each line of an exclude file for each untracked file: a thousand of them is what `git status` does not notice. */
const mostHidden = 1000;

/** Which of the files that nothing ignores can be hidden; the others would show in `git status`, so they are not copied. */
function hideable(unignored: readonly string[]): {
  readonly hidden: readonly string[];
  readonly refused: ReadonlySet<string>;
  readonly problems: readonly string[];
} {
  if (unignored.length > mostHidden) {
    const problem = `${unignored.length} files that git does not ignore, ${unignored[0]} the first; add them to .gitignore`;
    return { hidden: [], refused: new Set(unignored), problems: [problem] };
  }
  const unnamable = unignored.filter((path) => !isExcludable(path));
  return {
    hidden: unignored.filter(isExcludable),
    refused: new Set(unnamable),
    problems: unnamable.map(
      (path) => `${JSON.stringify(path)} has a line end in its name, so git cannot be told to ignore it`,
    ),
  };
}

/** Returns what could not be copied, and why. */
async function copyAll(
  files: readonly string[],
  checkout: string,
  worktree: string,
  cancelled: AbortSignal,
): Promise<Map<string, string>> {
  const root = realPath(worktree) ?? worktree;
  const limit = atMost(parallelCopies);
  const problems = new Map<string, string>();
  const copies = files.map((file) =>
    limit(async () => {
      cancelled.throwIfAborted();
      const why = await copyOne(file, checkout, root);
      if (why !== undefined) problems.set(file, why);
    }),
  );
  await Promise.all(copies);
  return problems;
}

async function copyOne(file: string, checkout: string, worktree: string): Promise<string | undefined> {
  try {
    if (!makeParents(dirname(file), checkout, worktree)) return "leads out of the worktree";
    await copyFile(join(checkout, file), join(worktree, file));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EACCES") return "cannot be read";
    if (code === "ENOENT") return "is not in the main checkout any more";
    throw error;
  }
}

/** Makes the directories that are missing, as open as those of the checkout; not through a link that the branch brings. */
function makeParents(directory: string, checkout: string, worktree: string): boolean {
  const target = join(worktree, directory);
  if (isRealDirectory(target)) return realPath(target) === target;
  if (exists(target) || !makeParents(dirname(directory), checkout, worktree)) return false;
  mkdirSync(target, { mode: statSync(join(checkout, directory)).mode & 0o777 });
  return true;
}
