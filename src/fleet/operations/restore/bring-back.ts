import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AgentEntry } from "../../../state/entry.ts";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../../../system/files.ts";
import { createBranchAt } from "../../../system/git/branches.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import { requireOwnSettings } from "../../../system/git/own-work-tree.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { checkedOutBranch } from "../../../system/git/worktrees.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, gitIn, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { hideCopies } from "../../worktree/credentials/note.ts";
import { keptBranchLog } from "../../worktree/killed-mark.ts";
import { markWorktree } from "../../worktree/ownership.ts";
import { moveBack, type Trashed } from "../../worktree/trash.ts";
import type { Restoration } from "./restoration.ts";
import { isFreeAsItWas, returnToBranch } from "./return-to-branch.ts";

/** Moves the worktree back as it was, with all that was in it, and git's directory of it. */
export async function bringBack(
  fleet: Fleet,
  repository: Repository,
  { ended, entry, newBranch }: Restoration,
  trashed: Trashed,
): Promise<void> {
  const { ending } = ended;
  const common = gitAt(fleet, repository.commonDirectory);
  await requireOwnSettings(common, repository.commonDirectory);
  const wasOnBranch = ending.head_branch === ended.entry.branch;
  // HEAD comes back as it was, and each time that git sets it, it writes a line into the reflog.
  const isThere = !wasOnBranch && (await isFreeAsItWas(fleet, repository, ending));
  makePrivateDirectory(statePlaces(fleet).worktreeRoot);
  await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => {
    if (newBranch) await createBranchAt(common, entry.branch, wasOnBranch ? ending.head : entry.base);
    const admin = moveBack(repository, entry, trashed);
    markWorktree(fleet, entry);
    if (newBranch) returnBranchLog(repository, entry, admin);
    if (entry.branch !== ended.entry.branch) renameInProgress(admin, ended.entry.branch, entry.branch);
    hideCopies(repository);
  });
  const place = gitIn(fleet, entry);
  if (wasOnBranch) {
    // Also when it is there already, git would write a line into the reflog.
    if (checkedOutBranch(entry.worktree) === entry.branch) return;
    await git(place, [...withoutHooks, "symbolic-ref", "HEAD", `refs/heads/${entry.branch}`]);
  } else if (!isThere && ending.unborn !== true && ending.head_branch !== null) {
    await git(place, [...withoutHooks, "update-ref", "--no-deref", "HEAD", ending.head]);
    await returnToBranch(fleet, repository, entry, ending);
  }
}

/** The reflog that went with the branch comes back with it. */
function returnBranchLog({ commonDirectory }: Repository, { branch }: AgentEntry, admin: string): void {
  const text = readTextIfExists(join(admin, keptBranchLog));
  if (text === undefined) return;
  const log = join(commonDirectory, "logs", "refs", "heads", branch);
  mkdirSync(dirname(log), { recursive: true });
  replaceFile(log, text, 0o644);
}

/** What is in the middle of a rebase or bisect goes on with the branch under its new name. */
function renameInProgress(admin: string, before: string, now: string): void {
  const files = ["rebase-merge/head-name", "rebase-apply/head-name", "rebase-merge/update-refs", "BISECT_START"];
  for (const file of files.map((name) => join(admin, name))) {
    const text = readTextIfExists(file);
    if (text === undefined) continue;
    const renamed = text
      .split("\n")
      .map((line) => (line === `refs/heads/${before}` ? `refs/heads/${now}` : line))
      .map((line) => (line === before ? now : line));
    replaceFile(file, renamed.join("\n"), 0o644);
  }
}
