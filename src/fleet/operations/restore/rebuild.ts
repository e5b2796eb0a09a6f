import { renameSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { Ending } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { isRealDirectory, makePrivateDirectory, moveAway, removeTree } from "../../../system/files.ts";
import { resolveCommit } from "../../../system/git/branches.ts";
import { type GitPlace, git, withoutHooks } from "../../../system/git/command.ts";
import { requireOwnWorkTree } from "../../../system/git/own-work-tree.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { readSnapshot, unpackSnapshot } from "../../../system/git/unpack.ts";
import { adminDirectory, checkOutWorktree, registerWorktree } from "../../../system/git/worktrees.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, gitIn, lockOptions, repositoryLock, settingsFor, statePlaces } from "../../fleet.ts";
import { DirectoryCloner } from "../../worktree/clones.ts";
import { credentialFilesOf } from "../../worktree/credentials/find.ts";
import { giveFiles, putBack } from "../../worktree/credentials/give.ts";
import { markWorktree } from "../../worktree/ownership.ts";
import { renamedBranch } from "./renamed-branch.ts";
import type { Restoration } from "./restoration.ts";
import { returnToBranch } from "./return-to-branch.ts";

/** Makes the worktree anew, with what the snapshot holds: what can be done when the worktree itself is gone from the trash. */
export async function rebuild(
  fleet: Fleet,
  repository: Repository,
  { ended, entry, newBranch }: Restoration,
): Promise<void> {
  const { ending } = ended;
  const common = gitAt(fleet, repository.commonDirectory);
  const place = gitIn(fleet, entry);
  const wasOnBranch = ending.head_branch === ended.entry.branch;
  const present = newBranch ? undefined : await renamedBranch(fleet, repository, ended);
  makePrivateDirectory(statePlaces(fleet).worktreeRoot);
  await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => {
    // A branch that HEAD had left was deleted only if it still was where it started.
    const startAt = wasOnBranch ? ending.head : entry.base;
    await registerWorktree(common, {
      path: entry.worktree,
      branch: present ?? entry.branch,
      startAt: newBranch ? startAt : undefined,
      hooks: false,
    });
    markWorktree(fleet, entry);
  });
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `git did not register the worktree ${entry.worktree}`);
  await requireOwnWorkTree(place);
  if (!wasOnBranch) await git(place, [...withoutHooks, "update-ref", "--no-deref", "HEAD", ending.head]);
  const tree = ending.tree !== null && isRealDirectory(ending.tree) ? ending.tree : undefined;
  if (tree !== undefined) returnTree(tree, entry.worktree);
  // Its index went with git's directory of it; where anything was unsaved the snapshot has another. Before the first commit all is there.
  if (ending.unborn !== true) {
    if (tree === undefined) await checkOutWorktree(place, 1, fleet.cancelled);
    else await git(place, [...withoutHooks, "read-tree", "HEAD"]);
  }
  await unpackSaved(fleet, common, entry, { admin, saved: ending.saved });
  if (!wasOnBranch) await returnToBranch(fleet, repository, entry, ending);
  if (tree === undefined) await cloneAgain(fleet, repository, entry);
  await restoreCopies(fleet, repository, entry, ending);
}

/** Where the files themselves are there, a snapshot that went with another clone of the repository is no reason to leave them there. */
async function unpackSaved(
  fleet: Fleet,
  common: GitPlace,
  entry: AgentEntry,
  { admin, saved }: { readonly admin: string; readonly saved: string | null },
): Promise<void> {
  if (saved === null) return;
  if ((await resolveCommit(common, saved)) !== undefined) {
    await unpackSnapshot(gitIn(fleet, entry), admin, await readSnapshot(common, saved));
    return;
  }
  const text = `${entry.branch}: ${entry.repo} has nothing of what git had saved of it: its files are as they were, what was staged is not`;
  fleet.report({ kind: "warning", text });
}

/** What was cloned into the worktree, as the main checkout has it now. */
async function cloneAgain(fleet: Fleet, repository: Repository, entry: AgentEntry): Promise<void> {
  const { clone_directories } = settingsFor(fleet, repository.root);
  await new DirectoryCloner(fleet, repository, clone_directories, availableParallelism()).cloneInto(entry);
}

/** The tree that was kept goes back to where the registration expects it, with the `.git` file of the new registration. */
function returnTree(kept: string, worktree: string): void {
  const pointer = join(worktree, ".git");
  renameSync(pointer, join(kept, ".git"));
  removeTree(worktree);
  moveAway(kept, worktree);
}

/** The files it had changed win over those of the main checkout; one that is not configured any more comes back as well. */
async function restoreCopies(fleet: Fleet, repository: Repository, entry: AgentEntry, ending: Ending): Promise<void> {
  const found = await credentialFilesOf(fleet, repository, settingsFor(fleet, repository.root));
  const { keptFiles } = agentFiles(statePlaces(fleet), entry.id);
  const files = [...new Set([...found.files, ...ending.files])];
  // A bare repository has no checkout, and what lies in it under one of these names is git's.
  const from = repository.bare ? keptFiles : repository.root;
  const { failed, problems } = await giveFiles(fleet, repository, entry, { files, from });
  // Of what is kept it does not matter whether the main checkout still has it.
  const failures = [...failed].filter(([file]) => !ending.files.includes(file)).map(([file, why]) => `${file} ${why}`);
  const missing = [...found.problems, ...problems, ...failures];
  for (const file of ending.files) {
    const why = await putBack(file, keptFiles, entry.worktree);
    if (why !== undefined) missing.push(`${file} ${why}`);
  }
  for (const problem of missing) fleet.report({ kind: "warning", text: `${entry.branch}: not copied: ${problem}` });
}
