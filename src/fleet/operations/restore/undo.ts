import { readEnding } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { discoverRepository } from "../../../system/git/repository.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { returnToTrash, trashedOf } from "../../worktree/trash.ts";
import { undoWorktree } from "../create/undo.ts";

/**
 * Takes back half a restore: what was moved goes back into the trash, what was made anew is removed, and the branch if it was made for
 * it. What was saved stays.
 */
export async function undoRestore(fleet: Fleet, entry: AgentEntry, newBranch: boolean): Promise<void> {
  const trashed = trashedOf(readEnding(statePlaces(fleet), entry.id));
  const repository = await discoverRepository(gitAt(fleet, entry.repo));
  if (trashed !== undefined && repository !== undefined) {
    const insisting = { ...lockOptions(fleet), insists: true };
    await withLock(repositoryLock(repository.commonDirectory), insisting, async () =>
      returnToTrash(repository, entry, trashed),
    );
  }
  await undoWorktree(fleet, entry, newBranch);
}
