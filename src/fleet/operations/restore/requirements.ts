import { FleetError } from "../../../errors.ts";
import type { EndedAgent } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { readRegistry } from "../../../state/registry.ts";
import { isRealDirectory } from "../../../system/files.ts";
import { branchesAt, resolveCommit } from "../../../system/git/branches.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import { type Repository, requireRepository } from "../../../system/git/repository.ts";
import { shellWord } from "../../../system/shell.ts";
import { branchNameProblem, enclosingNames } from "../../choose/branch-names.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { renamedBranch } from "./renamed-branch.ts";

/** The repository of a killed agent. Throws FleetError `failed` when it is not where it was. */
export async function requireItsRepository(fleet: Fleet, entry: AgentEntry): Promise<Repository> {
  if (isRealDirectory(entry.repo)) return requireRepository(gitAt(fleet, entry.repo));
  throw new FleetError("failed", `the repository of ${entry.branch} is gone: ${entry.repo}`, { hint: ifMoved(entry) });
}

function ifMoved({ branch }: AgentEntry): string {
  return `if its repository was moved, run fleet -C NEW-PLACE restore ${shellWord(branch)}`;
}

/**
 * Another repository may have taken the place of the one that the agent was killed in: a new clone has what was pushed, but nothing that
 * was saved here. Throws FleetError `failed` then.
 */
export async function requireItsCommit(
  fleet: Fleet,
  { root, commonDirectory }: Repository,
  { entry, ending }: EndedAgent,
) {
  const place = gitAt(fleet, commonDirectory);
  const has = async (commit: string) => (await resolveCommit(place, commit)) !== undefined;
  const tree = ending.tree !== null && isRealDirectory(ending.tree) ? ending.tree : undefined;
  const files = tree === undefined ? "" : `; its files are in ${tree}`;
  if (!(await has(ending.head))) {
    const text = `${root} has no commit ${ending.head.slice(0, 7)}, which ${entry.branch} was at${files}`;
    throw new FleetError("failed", text, { hint: ifMoved(entry) });
  }
  if (tree !== undefined || ending.saved === null || (await has(ending.saved))) return;
  throw new FleetError("failed", `${root} has nothing of what was saved of ${entry.branch}`, { hint: ifMoved(entry) });
}

/**
 * Whether the branch of a killed agent, or `as` in its place, has to be made. Throws FleetError: `usage` for a name that git does not
 * accept, `failed` when the branch that is there is not as it was, or is in use.
 */
export async function requireBranch(
  fleet: Fleet,
  repository: Repository,
  ended: EndedAgent,
  as: string | undefined,
): Promise<boolean> {
  const { entry, ending } = ended;
  const name = as ?? entry.branch;
  const other = `to bring it back on another branch, run fleet restore ${shellWord(entry.branch)} --as NAME`;
  const problem = branchNameProblem(name);
  if (problem !== undefined)
    throw new FleetError("usage", `git does not accept ${JSON.stringify(name)} as a branch name: ${problem}`);
  if (readRegistry(statePlaces(fleet)).some((present) => present.repo === entry.repo && present.branch === name)) {
    throw new FleetError("failed", `${name} has an agent`, { hint: other });
  }
  const found = await branchesAt(gitAt(fleet, repository.commonDirectory), [name, ...enclosingNames(name)]);
  const around = withInProgress(repository, found);
  const branch = around.get(name);
  if (branch === undefined && as === undefined && (await renamedBranch(fleet, repository, ended)) !== undefined)
    return false;
  const [inTheWay] = [...around.keys()].filter((each) => each.startsWith(`${name}/`) || name.startsWith(`${each}/`));
  if (branch === undefined && inTheWay !== undefined)
    throw new FleetError("failed", `git cannot keep a branch ${name} beside the branch ${inTheWay}`, { hint: other });
  if (branch === undefined) return true;
  if (as !== undefined) throw new FleetError("failed", `the branch ${name} exists already`, { hint: other });
  if (branch.worktree !== undefined) {
    throw new FleetError("failed", `the branch ${name} is checked out in ${branch.worktree}`, { hint: other });
  }
  if (ending.head_branch === name && branch.commit !== ending.head) {
    throw new FleetError("failed", `the branch ${name} has moved since the agent was killed`, { hint: other });
  }
  return false;
}
