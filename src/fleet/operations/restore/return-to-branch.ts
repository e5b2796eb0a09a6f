import type { Ending } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { branchesAt } from "../../../system/git/branches.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt, gitIn } from "../../fleet.ts";

/**
 * Back to the branch that the agent had switched to, if it is as it was, without a commit too, and free; else HEAD stays at that commit.
 */
export async function returnToBranch(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  ending: Ending,
): Promise<void> {
  if (ending.head_branch === null) return;
  const name = ending.head_branch;
  const found = await branchesAt(gitAt(fleet, repository.commonDirectory), [name]);
  const branch = withInProgress(repository, found).get(name);
  const isAsItWas = ending.unborn === true ? branch === undefined : branch?.commit === ending.head;
  if (isAsItWas && branch?.worktree === undefined) {
    await git(gitIn(fleet, entry), [...withoutHooks, "symbolic-ref", "HEAD", `refs/heads/${name}`]);
  } else {
    fleet.report({
      kind: "warning",
      text: `${entry.branch}: the branch ${name} has moved or is in use, so HEAD is detached`,
    });
  }
}
