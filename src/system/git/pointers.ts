import { accessSync, constants } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { readTextIfExists, realPath, replaceFile } from "../files.ts";
import { removeLeftovers } from "../leftovers.ts";
import { whileWritable } from "../writable.ts";
import { adminDirectory } from "./worktrees.ts";

/** Git's file that points from a worktree to its directory; every user may read what git wrote there. */
const pointerMode = 0o644;

/** Whether a worktree names this directory of git as its own. */
export function pointsTo(worktree: string, admin: string): boolean {
  return adminDirectory(worktree) === admin;
}

/** Writes into a worktree where git's directory of it is. */
export function point(worktree: string, admin: string, { relative: isRelative } = { relative: false }): void {
  const path = isRelative ? wayFrom(worktree, admin) : admin;
  whileWritable(worktree, () => replaceFile(join(worktree, ".git"), `gitdir: ${path}\n`, pointerMode));
}

/** Newer versions of git write relative paths where they are told to (`worktree.useRelativePaths`), for who sees both at another place. */
export function namesRelatively(admin: string): boolean {
  return !isAbsolute(readTextIfExists(join(admin, "gitdir")) ?? "/");
}

/** Writes into git's directory of a worktree, which will be at `as`, where the worktree is. */
export function register(
  admin: string,
  {
    as,
    worktree,
    relative: isRelative,
  }: { readonly as: string; readonly worktree: string; readonly relative: boolean },
): void {
  const pointer = join(worktree, ".git");
  replaceFile(join(admin, "gitdir"), `${isRelative ? wayFrom(as, pointer) : pointer}\n`, pointerMode);
}

/** As git has it: a way between real places. */
function wayFrom(directory: string, path: string): string {
  const real = (each: string) => realPath(each) ?? join(realPath(dirname(each)) ?? dirname(each), basename(each));
  return relative(real(directory), join(real(dirname(path)), basename(path)));
}

/**
 * Removes what a command that died before its `point` was done has left in a worktree: it would be taken for work of the agent. What
 * cannot be listed is named by what looks at it next. The caller holds the lock of the repository.
 */
export async function removeUnusedPointers(worktree: string): Promise<void> {
  if (isListable(worktree)) await removeLeftovers([worktree], ".git.");
}

function isListable(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
