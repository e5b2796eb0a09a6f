import type { Ending } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { branchesAt } from "../../../system/git/branches.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt, gitIn } from "../../fleet.ts";

/** Whether the branch that the agent had switched to is as it was, without a commit too, and free. */
export async function isFreeAsItWas(
  fleet: Fleet,
  repository: Repository,
  { head, head_branch: name, unborn }: Ending,
): Promise<boolean> {
  if (name === null) return false;
  const found = await branchesAt(gitAt(fleet, repository.commonDirectory), [name]);
  const branch = withInProgress(repository, found).get(name);
  const isAsItWas = unborn === true ? branch === undefined : branch?.commit === head;
  return isAsItWas && branch?.worktree === undefined;
}

/** Back to the branch that the agent had switched to, if that can be; else HEAD stays at that commit. */
export async function returnToBranch(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  ending: Ending,
): Promise<void> {
  const { head_branch: name } = ending;
  if (name === null) return;
  if (await isFreeAsItWas(fleet, repository, ending)) {
    await git(gitIn(fleet, entry), [...withoutHooks, "symbolic-ref", "HEAD", `refs/heads/${name}`]);
  } else {
    fleet.report({
      kind: "warning",
      text: `${entry.branch}: the branch ${name} has moved or is in use, so HEAD is detached`,
    });
  }
}
