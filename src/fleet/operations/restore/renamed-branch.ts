import type { EndedAgent } from "../../../state/ending.ts";
import { branchesAt } from "../../../system/git/branches.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt } from "../../fleet.ts";
import { isRenamedTo } from "../../worktree/renamed.ts";

/**
 * The name that an agent had given its branch, when that is as it was at the kill and in no worktree: the agent goes on there, and no
 * branch of the old name is made.
 */
export async function renamedBranch(
  fleet: Fleet,
  repository: Repository,
  { entry, ending }: EndedAgent,
): Promise<string | undefined> {
  const name = ending.head_branch;
  if (name === null) return undefined;
  if (!isRenamedTo(repository, entry.branch, name)) return undefined;
  const found = await branchesAt(gitAt(fleet, repository.commonDirectory), [name]);
  const branch = withInProgress(repository, found).get(name);
  return branch?.commit === ending.head && branch.worktree === undefined ? name : undefined;
}
