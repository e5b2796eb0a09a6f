import { join } from "node:path";
import { readTextIfExists } from "../../system/files.ts";
import type { Repository } from "../../system/git/repository.ts";

/**
 * Whether a branch is the one of another name, renamed, also more than once: git notes that in the reflog of the branch, which goes with it.
 * Without a reflog it is not.
 */
export function isRenamedTo({ commonDirectory }: Repository, from: string, to: string | undefined): boolean {
  if (to === undefined || to === from) return false;
  const log = readTextIfExists(join(commonDirectory, "logs", "refs", "heads", to)) ?? "";
  return log.includes(`\tBranch: renamed refs/heads/${from} to `);
}
