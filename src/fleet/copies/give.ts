import { mkdirSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { exists, isRealDirectory, realPath } from "../../system/files.ts";
import { isExcludable } from "../../system/git/exclude.ts";
import type { Repository } from "../../system/git/repository.ts";
import { unignoredPaths } from "../../system/git/untracked.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { withLock } from "../../system/lock.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock } from "../fleet.ts";
import { atMost } from "../limit.ts";
import { hideCopies, noteCopies } from "./note.ts";

/** What became of the files that a worktree should get. */
export interface GivenFiles {
  readonly copied: readonly string[];
  /** What could not be copied, and why, as a user would say it. */
  readonly problems: readonly string[];
}

/** More at a time gain nothing; each has two files open. */
const parallelCopies = 16;

/**
 * Copies files of the main checkout to the same place in the worktree of an agent, with their mode and that of the directories around
 * them. What the worktree has already is part of its branch and left alone; what git would show as untracked is hidden. Throws
 * when cancelled, or when the disk is full.
 */
export async function giveFiles(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  files: readonly string[],
): Promise<GivenFiles> {
  const missing = files.filter((file) => !exists(join(entry.worktree, file)));
  if (missing.length === 0) return { copied: [], problems: [] };
  const { hidden, refused, problems } = hideable(await unignoredPaths(gitAt(fleet, entry.worktree), missing));
  const copied = missing.filter((path) => !refused.has(path));
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `git did not register the worktree ${entry.worktree}`);
  noteCopies(admin, { copied, hidden });
  if (hidden.length > 0) {
    await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => hideCopies(repository));
  }
  const failed = await copyAll(copied, repository.root, entry.worktree, fleet.cancelled);
  return {
    copied: copied.filter((file) => !failed.has(file)),
    problems: [...problems, ...[...failed].map(([file, why]) => `${file} ${why}`)],
  };
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
