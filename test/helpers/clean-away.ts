import { renameSync, rmSync } from "node:fs";

/**
 * Deletes a directory as a cleaner would, also while a living agent makes and replaces files in it: its name is gone
 * at once, so nothing new comes to be there, and what vanishes in the middle of the deletion is no error.
 */
export function cleanAway(directory: string): void {
  const aside = `${directory}.cleaned`;
  renameSync(directory, aside);
  rmSync(aside, { recursive: true, force: true, maxRetries: 5 });
}
