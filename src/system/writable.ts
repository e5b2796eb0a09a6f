import { chmodSync, statSync } from "node:fs";
import { exists } from "./files.ts";

/**
 * Makes a change for which one must be able to write to a directory, as to rename it or what is in it: a read-only one is lent that, and
 * gets its mode back, at the place `after` where it was moved there.
 */
export function whileWritable(directory: string, change: () => void, after = directory): void {
  const { mode } = statSync(directory);
  if ((mode & 0o200) !== 0) {
    change();
    return;
  }
  chmodSync(directory, mode | 0o300);
  try {
    change();
  } finally {
    chmodSync(exists(after) ? after : directory, mode);
  }
}
