import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { GitPlace } from "../../system/git/command.ts";
import { conflictedPaths } from "../../system/git/commit-all.ts";
import { operationInProgress, withArticle } from "../../system/git/in-progress.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, gitIn } from "../fleet.ts";

/**
 * Throws FleetError `failed` while git is in the middle of something in the worktree of an agent: its HEAD is then at a commit on the way,
 * which has only a part of the work.
 */
export function requireNothingInProgress({ branch, worktree }: AgentEntry): void {
  const admin = adminDirectory(worktree);
  const operation = admin === undefined ? undefined : operationInProgress(admin);
  if (operation === undefined) return;
  throw new FleetError("failed", `${branch} is in the middle of ${withArticle(operation)}`, {
    hint: `to see how to end it, run git -C ${shellWord(worktree)} status`,
  });
}

/**
 * Throws FleetError `failed` where a commit of all files would take in what is no work yet: git is in the middle of something, or there are
 * files with the marks of a conflict.
 */
export async function requireCommittable(fleet: Fleet, entry: AgentEntry): Promise<void> {
  requireNothingInProgress(entry);
  const conflicts = await conflictedPaths(gitIn(fleet, entry));
  if (conflicts.length === 0) return;
  throw new FleetError("failed", `${entry.branch} has conflicts in ${conflicts.join(", ")}`, {
    hint: `to see them, run git -C ${shellWord(entry.worktree)} status`,
  });
}

/** Whether a commit of all files is one of work: the same question for who does without a commit where it is not. */
export async function isCommittable(place: GitPlace, admin: string): Promise<boolean> {
  return operationInProgress(admin) === undefined && (await conflictedPaths(place)).length === 0;
}
