import { type Ending, readEnding } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { savedRef } from "../../../state/refs.ts";
import { branchesAt, deleteBranchAt } from "../../../system/git/branches.ts";
import { isAncestor } from "../../../system/git/merge-bases.ts";
import { removeUnusedPointers } from "../../../system/git/pointers.ts";
import { discoverRepository, type Repository } from "../../../system/git/repository.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { returnToTrash, trashedOf } from "../../worktree/trash.ts";
import { undoWorktree } from "../create/undo.ts";

/**
 * Takes back half a restore: what was moved goes back into the trash, what was made anew is removed, and the branch if it was made for
 * it. What was saved stays.
 */
export async function undoRestore(fleet: Fleet, entry: AgentEntry, newBranch: boolean): Promise<void> {
  const ending = readEnding(statePlaces(fleet), entry.id);
  const trashed = trashedOf(ending);
  const repository = await discoverRepository(gitAt(fleet, entry.repo));
  if (trashed !== undefined && repository !== undefined) {
    const insisting = { ...lockOptions(fleet), insists: true };
    await withLock(repositoryLock(repository.commonDirectory), insisting, async () => {
      await removeUnusedPointers(entry.worktree);
      returnToTrash(repository, entry, trashed);
    });
  }
  await undoWorktree(fleet, entry, newBranch);
  if (newBranch && repository !== undefined && ending !== undefined)
    await dropBranchMade(fleet, repository, entry, ending);
}

/** The branch that was made where the agent had ended goes when all of it is saved apart: it would be in the way of the next attempt. */
async function dropBranchMade(
  fleet: Fleet,
  repository: Repository,
  { id, branch }: AgentEntry,
  { head }: Ending,
): Promise<void> {
  const place = gitAt(fleet, repository.commonDirectory);
  const made = (await branchesAt(place, [branch])).get(branch);
  if (made?.commit !== head || made.worktree !== undefined) return;
  if (await isAncestor(place, head, savedRef(id))) await deleteBranchAt(place, branch, head, { hooks: false });
}
