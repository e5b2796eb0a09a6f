import { readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { exists, isFile, isInside, isRealDirectory, readTextIfExists, replaceFile } from "../files.ts";
import { type GitPlace, git } from "./command.ts";

/** Where a worktree and git's directory of it are, and were. */
export interface MovedWorktree {
  readonly admin: string;
  readonly worktree: string;
  readonly adminBefore: string;
  readonly worktreeBefore: string;
}

const fileMode = 0o644;

/**
 * Git keeps the repositories of submodules in its directory of the worktree, and has each and its checkout name the other by a path that
 * leads through both: in `core.worktree` of the one and in the `.git` file of the other. After a move both are mended, at every depth.
 */
export function mendSubmodules(moved: MovedWorktree): void {
  if (moved.admin === moved.adminBefore && moved.worktree === moved.worktreeBefore) return;
  for (const repository of repositoriesBelow(join(moved.admin, "modules"))) mend(repository, moved);
}

/** The submodules of a checkout that are at another commit in the second of two commits than in the first. One call, where there are any. */
export async function movedSubmodules(
  place: GitPlace,
  from: string,
  to: string,
): Promise<{ readonly path: string; readonly commit: string }[]> {
  if (!exists(join(place.directory, ".gitmodules"))) return [];
  const rows = await git(place, ["diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", from, to]);
  return [...rows.matchAll(/:\d{6} 160000 [0-9a-f]+ ([0-9a-f]+) [A-Z]\0([^\0]+)\0/g)].map(
    ([, commit = "", path = ""]) => ({ commit, path }),
  );
}

function mend(repository: string, { admin, worktree, adminBefore, worktreeBefore }: MovedWorktree): void {
  const config = join(repository, "config");
  const text = readTextIfExists(config) ?? "";
  const line = /^([ \t]*worktree[ \t]*=[ \t]*)(.+)$/m;
  const named = line.exec(text)?.[2]?.trim();
  if (named === undefined) return;
  const before = resolve(join(adminBefore, relative(admin, repository)), named);
  if (!isInside(worktreeBefore, before)) return;
  const checkout = join(worktree, relative(worktreeBefore, before));
  replaceFile(
    config,
    text.replace(line, (_, key: string) => `${key}${relative(repository, checkout)}`),
    fileMode,
  );
  if (isRealDirectory(checkout)) {
    replaceFile(join(checkout, ".git"), `gitdir: ${relative(checkout, repository)}\n`, fileMode);
  }
}

/** The git directories at any depth: a submodule's own ones are in its `modules`. */
function repositoriesBelow(directory: string): string[] {
  if (!isRealDirectory(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === "HEAD" && entry.isFile())
    .map((entry) => entry.parentPath)
    .filter((parent) => isFile(join(parent, "config")) && dirname(parent) !== parent);
}
