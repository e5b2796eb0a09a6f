import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Amount } from "../../state/ending.ts";
import type { ChangedPath } from "../../system/git/status.ts";

/**
 * What of the changes a snapshot can and may hold: not what is a repository of its own or has a name that git cannot read back, and of the
 * rest as much as fits below the limit, the largest files left out first. `unheld` are the files that are left out.
 */
export function divided(
  changes: readonly ChangedPath[],
  worktree: string,
  limit: number | undefined,
): { readonly held: ChangedPath[]; readonly unheld: Amount } {
  const sized = changes.map((change) => ({ change, ...fileAt(join(worktree, change.path)) }));
  const holdable = sized.filter(({ change }) => !change.unholdable);
  let total = holdable.reduce((sum, { bytes }) => sum + bytes, 0);
  const tooMuch = new Set<ChangedPath>();
  for (const { change, bytes } of holdable.toSorted((a, b) => b.bytes - a.bytes)) {
    if (limit === undefined || total <= limit) break;
    tooMuch.add(change);
    total -= bytes;
  }
  const left = sized.filter(({ change, isFile }) => isFile && (change.unholdable || tooMuch.has(change)));
  return {
    held: changes.filter((change) => !change.unholdable && !tooMuch.has(change)),
    unheld: { files: left.length, bytes: left.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

/** A name that git has not told as it is finds nothing here, but is of a file all the same. */
function fileAt(path: string): { readonly isFile: boolean; readonly bytes: number } {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return {
    isFile: stat === undefined ? path.includes("\ufffd") : stat.isFile(),
    bytes: stat?.isFile() ? stat.size : 0,
  };
}
