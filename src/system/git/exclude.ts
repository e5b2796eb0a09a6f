import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { exists, makePrivateDirectory, readTextIfExists, replaceFile } from "../files.ts";

const begin = "# begin ai-fleet: files that were copied into worktrees of agents; gone with the last of them";
const end = "# end ai-fleet";
const ordinaryMode = 0o644;

/**
 * Makes a block of `info/exclude` hide exactly these paths, in all worktrees of a repository; without any, the block goes. What the
 * user wrote there stays as it is. The caller holds the lock of the repository.
 */
export function replaceExcludedPaths(commonDirectory: string, paths: readonly string[]): void {
  const file = join(commonDirectory, "info", "exclude");
  const before = readTextIfExists(file) ?? "";
  const after = withBlock(before, paths);
  if (after === before) return;
  if (!exists(dirname(file))) makePrivateDirectory(dirname(file));
  replaceFile(file, after, exists(file) ? statSync(file).mode & 0o777 : ordinaryMode);
}

/** The text of an exclude file whose block hides these paths. */
export function withBlock(text: string, paths: readonly string[]): string {
  const rest = withoutBlock(text);
  if (paths.length === 0) return rest;
  const lines = [begin, ...[...new Set(paths)].sort().map(excludePattern), end];
  const separator = rest === "" || rest.endsWith("\n") ? "" : "\n";
  return `${rest}${separator}${lines.join("\n")}\n`;
}

/**
 * An editor may have made other line ends of it, or the user taken a line out: ours are then the lines that mark it, and the patterns
 * that follow its begin.
 */
function withoutBlock(text: string): string {
  const lines = text.split("\n");
  let isInBlock = false;
  const rest = lines.filter((line) => {
    const marker = line.replace(/\r$/, "");
    isInBlock = marker === begin || (isInBlock && line.startsWith("/"));
    return !isInBlock && marker !== end;
  });
  // The line end before a last line of ours stays.
  return rest.at(-1) === lines.at(-1) || rest.length === 0 ? rest.join("\n") : `${rest.join("\n")}\n`;
}

/** Whether a pattern can name this path: one stands on a line. */
export function isExcludable(path: string): boolean {
  return !path.includes("\n");
}

/** The pattern that means this path alone (gitignore(5)). */
function excludePattern(path: string): string {
  return `/${path.replace(/[\\*?[\]]/g, "\\$&").replace(/[ \r]$/, "\\$&")}`;
}
