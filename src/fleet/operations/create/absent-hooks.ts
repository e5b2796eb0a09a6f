import { dirname, join, relative } from "node:path";
import { isDirectory, isInside } from "../../../system/files.ts";
import type { GitPlace } from "../../../system/git/command.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { checkoutHookOf } from "../../../system/git/worktrees.ts";

/**
 * The folder of the hooks that run in the main checkout and not in this worktree, as a path below both; `undefined` where the same run
 * in both. Husky names such a one in `core.hooksPath`, `.husky/_`, and keeps it out of git, which passes over hooks that are not there.
 * Takes one of the main checkout's hooks.
 */
export async function absentHooks(
  worktree: GitPlace,
  { root, commonDirectory }: Repository,
  hook: string | undefined,
): Promise<string | undefined> {
  if (hook === undefined) return undefined;
  const folder = dirname(hook);
  if (!isInside(root, folder) || isInside(commonDirectory, folder) || !isDirectory(folder)) return undefined;
  const path = relative(root, folder);
  if (isDirectory(join(worktree.directory, path))) return undefined;
  // One that is named by an absolute path is the same for all worktrees.
  const there = await checkoutHookOf(worktree);
  return there !== undefined && isInside(worktree.directory, there) ? path : undefined;
}
