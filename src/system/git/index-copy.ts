import { copyFileSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { exists } from "../files.ts";

/**
 * Copies the index of a worktree, if it has one, so that git can be given the copy instead. The copy is as old as the index: git takes a
 * file that was changed in the second in which its index was written for unchanged when the index is younger than that.
 */
export function copyIndex(admin: string, copy: string): void {
  const index = join(admin, "index");
  if (!exists(index)) return;
  const { mtimeMs } = statSync(index);
  copyFileSync(index, copy);
  // An index that is replaced between the two lines is younger than this, which only makes git look more closely.
  const seconds = Math.floor(mtimeMs / 1000);
  utimesSync(copy, seconds, seconds);
}
