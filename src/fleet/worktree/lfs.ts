import { copyFileSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { keptAdmin } from "../../state/places.ts";
import { exists, isRealDirectory, removeTree } from "../../system/files.ts";
import { type GitPlace, git } from "../../system/git/command.ts";

/** What Git LFS commits in the place of a file; see its spec.md. */
const pointer = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:ext-.*\n)*oid sha256:([0-9a-f]{64})\n/gm;

/** Where the files are that only what was saved of an agent names: `git lfs prune` knows nothing of that. */
function keptPlace(commonDirectory: string, id: string): string {
  return `${keptAdmin(commonDirectory, id)}.lfs`;
}

function storedAt(commonDirectory: string, oid: string): string {
  return join(commonDirectory, "lfs", "objects", oid.slice(0, 2), oid.slice(2, 4), oid);
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
  if (!isRealDirectory(join(commonDirectory, "lfs", "objects"))) return;
  const others = ["--not", "--single-worktree", "--exclude=refs/fleet/*", `--exclude=refs/heads/${branch}`, "--all"];
  const small = ["rev-list", "--objects", "--no-object-names", "--filter=blob:limit=1k", commit, ...others];
  const objects = await git(place, small);
  const contents = objects === "" ? "" : await git(place, ["cat-file", "--batch"], { input: objects });
  const stored = [...contents.matchAll(pointer)]
    .map(([, oid = ""]) => oid)
    .filter((oid) => exists(storedAt(commonDirectory, oid)));
  const kept = keptPlace(commonDirectory, id);
  for (const oid of new Set(stored)) secondName(storedAt(commonDirectory, oid), join(kept, oid));
}

/** Gives Git LFS back what it has deleted meanwhile. */
export function returnLfsFiles(commonDirectory: string, id: string): void {
  const kept = keptPlace(commonDirectory, id);
  if (!isRealDirectory(kept)) return;
  for (const oid of readdirSync(kept)) secondName(join(kept, oid), storedAt(commonDirectory, oid));
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
