import { copyFileSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { keptAdmin } from "../../state/places.ts";
import { exists, isRealDirectory, removeTree } from "../../system/files.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { lfsFilesIn, lfsPath, usesLfs } from "../../system/git/lfs.ts";

/** Where the files are that only what was saved of an agent names: `git lfs prune` knows nothing of that. */
function keptPlace(commonDirectory: string, id: string): string {
  return `${keptAdmin(commonDirectory, id)}.lfs`;
}

/**
 * Keeps the files of Git LFS alive that a commit names and nothing but the branch of the agent does: a second name for each, which takes no
 * room. Where the repository has no files of Git LFS, git is not asked.
 */
export async function keepLfsFiles(
  place: GitPlace,
  commonDirectory: string,
  { id, branch, commit }: { readonly id: string; readonly branch: string; readonly commit: string },
): Promise<void> {
  if (!usesLfs(commonDirectory)) return;
  const others = ["--not", "--single-worktree", "--exclude=refs/fleet/*", `--exclude=refs/heads/${branch}`, "--all"];
  const stored = (await lfsFilesIn(place, [commit, ...others])).filter(({ oid }) =>
    exists(lfsPath(commonDirectory, oid)),
  );
  const kept = keptPlace(commonDirectory, id);
  for (const { oid } of stored) secondName(lfsPath(commonDirectory, oid), join(kept, oid));
}

/** Gives Git LFS back what it has deleted meanwhile. */
export function returnLfsFiles(commonDirectory: string, id: string): void {
  const kept = keptPlace(commonDirectory, id);
  if (!isRealDirectory(kept)) return;
  for (const oid of readdirSync(kept)) secondName(join(kept, oid), lfsPath(commonDirectory, oid));
}

/** Nobody will want them any more. */
export function forgetLfsFiles(commonDirectory: string, id: string): void {
  removeTree(keptPlace(commonDirectory, id));
}

function secondName(file: string, name: string): void {
  if (exists(name)) return;
  mkdirSync(dirname(name), { recursive: true });
  try {
    linkSync(file, name);
  } catch {
    // Not every file system has links.
    copyFileSync(file, name);
  }
}
