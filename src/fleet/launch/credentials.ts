import { copyFileSync, lstatSync, mkdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { exists, realPath } from "../../system/files.ts";

/** What became of the files that a worktree should get from the main checkout. */
export interface CopiedFiles {
  readonly copied: readonly string[];
  /** Paths and why they were left out, as a user would say it. */
  readonly skipped: readonly string[];
}

/**
 * Copies files that git does not know (keys, `.env`) from the main checkout to the same place in a worktree, with their mode. What
 * leads out of either is refused, and what the worktree has already is left alone.
 */
export function copyCredentials(files: readonly string[], checkout: string, worktree: string): CopiedFiles {
  const copied: string[] = [];
  const skipped: string[] = [];
  for (const file of files) {
    const problem = copyOne(file, checkout, worktree);
    if (problem === undefined) copied.push(file);
    else if (problem !== alreadyThere) skipped.push(`${file} ${problem}`);
  }
  return { copied, skipped };
}

const alreadyThere = "is part of the repository";

function copyOne(file: string, checkout: string, worktree: string): string | undefined {
  const source = join(checkout, file);
  const target = join(worktree, file);
  const real = realPath(source);
  if (real === undefined) return "is not in the main checkout";
  if (leadsOut(checkout, source) || leadsOut(realPath(checkout) ?? checkout, real))
    return "leads out of the repository";
  if (!lstatSync(real).isFile()) return "is not a file";
  if (exists(target)) return alreadyThere;
  mkdirSync(dirname(target), { recursive: true });
  if (leadsOut(realPath(worktree) ?? worktree, realPath(dirname(target)) ?? "/")) return "leads out of the worktree";
  copyFileSync(real, target);
  return undefined;
}

/** Whether a path leads out of a directory. */
function leadsOut(directory: string, path: string): boolean {
  const way = relative(directory, path);
  return way === ".." || way.startsWith("../") || way.startsWith("/");
}
