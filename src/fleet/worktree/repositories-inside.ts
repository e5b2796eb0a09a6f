import { readdirSync } from "node:fs";
import { join } from "node:path";
import { namesIn } from "../../system/files.ts";
import type { Trashed } from "./trash.ts";

/** What only a worktree in the trash has. */
interface OnlyThere {
  /** What is worth to be kept. */
  readonly held: readonly string[];
  /** How many FIFOs, sockets and devices there are, which git does not see and no snapshot holds. They have no content. */
  readonly special: number;
}

/**
 * What a worktree in the trash holds that no snapshot can: repositories of its own at any depth, ignored or not, submodules that were
 * checked out, and directories that cannot be opened. Paths are relative to the worktree. It reads every directory.
 */
export function heldByTreeAlone({ tree, admin, inner }: Trashed): OnlyThere {
  const modules = join(admin.place, "modules");
  const submodules = namesIn(modules).map((name) => ({ name, is: "a submodule" }));
  const worktrees = inner.map(({ name }) => ({ name, is: "a worktree" }));
  const registered = [...submodules, ...worktrees];
  const known = new Set(registered.map(({ name }) => name));
  const all = below(tree, "");
  const found = all.filter(({ name, is }) => is !== aSpecialFile && !known.has(name));
  const held = [...registered, ...found].map(({ name, is }) => `${name}, ${is}`);
  return { held, special: all.filter(({ is }) => is === aSpecialFile).length };
}

/** The repositories that lie in a worktree, a submodule that is checked out among them, and what cannot be opened, each with what it is. */
export function repositoriesInside(worktree: string): string[] {
  const found = below(worktree, "").filter(({ is }) => is !== aSpecialFile);
  return found.map(({ name, is }) => `${name}, ${is}`);
}

const aSpecialFile = "a special file";

interface Held {
  readonly name: string;
  readonly is: string;
}

function below(tree: string, path: string): Held[] {
  let entries: ReturnType<typeof entriesOf>;
  try {
    entries = entriesOf(join(tree, path));
  } catch {
    return [{ name: path, is: "which cannot be opened" }];
  }
  // Git's own marks: `.git` of a clone or worktree, or the three that a bare repository consists of.
  const names = new Set(entries.map(({ name }) => name));
  const isBare = ["HEAD", "objects", "refs"].every((name) => names.has(name));
  if (path !== "" && (names.has(".git") || isBare)) return [{ name: path, is: "a repository" }];
  return entries.flatMap((entry) => {
    const name = path === "" ? entry.name : `${path}/${entry.name}`;
    if (entry.isDirectory()) return below(tree, name);
    const isDevice = entry.isCharacterDevice() || entry.isBlockDevice();
    return isDevice || entry.isFIFO() || entry.isSocket() ? [{ name, is: aSpecialFile }] : [];
  });
}

function entriesOf(directory: string) {
  return readdirSync(directory, { withFileTypes: true });
}
