import { join } from "node:path";
import type { EndedAgent } from "../../../state/ending.ts";
import { readTextIfExists } from "../../../system/files.ts";
import { branchesAt } from "../../../system/git/branches.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt } from "../../fleet.ts";

/**
 * The name that an agent had given its branch, when that is as it was at the kill and in no worktree: the agent goes on there, and no
 * branch of the old name is made. Git notes a rename in the reflog of the branch; without a reflog this is `undefined`.
 */
export async function renamedBranch(
  fleet: Fleet,
  repository: Repository,
  { entry, ending }: EndedAgent,
): Promise<string | undefined> {
  const name = ending.head_branch;
  if (name === null || name === entry.branch) return undefined;
  const { commonDirectory } = repository;
  const log = readTextIfExists(join(commonDirectory, "logs", "refs", "heads", name)) ?? "";
  if (!log.includes(`\tBranch: renamed refs/heads/${entry.branch} to `)) return undefined;
  const branch = withInProgress(repository, await branchesAt(gitAt(fleet, commonDirectory), [name])).get(name);
  return branch?.commit === ending.head && branch.worktree === undefined ? name : undefined;
}
