import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { removeAtOnce } from "../../../system/files.ts";
import { discoverRepository } from "../../../system/git/repository.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { endAgents } from "../../life/end.ts";
import { forgetAgents } from "../../record.ts";
import { observeAgent } from "../../watch/observe.ts";
import { dropBranches } from "../../worktree/branch.ts";
import { hideCopies } from "../../worktree/credentials/note.ts";
import { registrationAt, undoObstacle } from "../../worktree/ownership.ts";
import { emptyTrash, removeWorktree } from "../../worktree/removal.ts";

/**
 * Takes back everything that was made for an agent that never started. Called for one that failed a moment ago and for one whose
 * `fleet` died long ago alike, so every step looks at what is there. `newBranch` says that its branch did not exist before.
 */
export async function undoAgent(fleet: Fleet, entry: AgentEntry, newBranch: boolean): Promise<void> {
  const undoing: Fleet = { ...fleet, cancelled: new AbortController().signal };
  await endAgents(undoing, [await observeAgent(undoing, entry)]);
  await undoWorktree(undoing, entry, newBranch);
  removeAtOnce(agentFiles(statePlaces(fleet), entry.id).directory);
  await forgetAgents(undoing, [entry.id]);
}

/** Takes back a worktree that was made for an agent, and its branch if that is new. What is known of the agent stays. */
export async function undoWorktree(fleet: Fleet, entry: AgentEntry, newBranch: boolean): Promise<void> {
  const repository = await discoverRepository(gitAt(fleet, entry.repo));
  if (repository === undefined) return;
  await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => {
    const registration = registrationAt(repository, entry.worktree);
    if (registration !== undefined && undoObstacle(entry, registration) === undefined) {
      await removeWorktree(fleet, repository, entry);
      emptyTrash(fleet);
    }
    hideCopies(repository);
    if (newBranch) await dropBranches(fleet, repository, [{ entry }]);
  });
}
