import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** How deep is looked: what a container made for itself lies near the top, and a kill must not read a whole tree. */
const depth = 2;
/** Of what tools install nobody looks at more than the directory itself. */
const notInside = new Set([".git", "node_modules", ".venv", "venv", "target"]);

/**
 * The first directory of another owner near the top of a worktree, such as a container leaves that runs as root: what is in it can be moved
 * with the tree, but neither saved nor deleted. The superuser can do both with any.
 */
export function foreignDirectory(worktree: string, user = process.getuid?.() ?? 0): string | undefined {
  return user === 0 ? undefined : foreignBelow(worktree, user, depth);
}

function foreignBelow(directory: string, user: number, levels: number): string | undefined {
  for (const { name } of directoriesIn(directory)) {
    const path = join(directory, name);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) continue;
    if (stat.uid !== user) return path;
    const inner = levels <= 1 || notInside.has(name) ? undefined : foreignBelow(path, user, levels - 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/** What cannot be opened is named by git, which has to look into it. */
function directoriesIn(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  } catch {
    return [];
  }
}
