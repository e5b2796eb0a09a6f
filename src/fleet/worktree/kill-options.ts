import type { BranchChoice } from "../../state/ending.ts";

/** What the user wants to become of what an agent leaves. */
export interface KillOptions {
  /** `judge`: delete the branch if fleet made it and nothing is on it. What a deleted branch held is saved for `restore`. */
  readonly branch: BranchChoice;
  /** A kill that died is finished: nobody knows any more what the user had said of the branch. */
  readonly isChoiceLost?: true;
  /** Puts unsaved work on the branch, with this message, instead of saving it apart. */
  readonly commitMessage: string | undefined;
  /** How long git may look at a worktree, with the filters that it asks: one that hangs is not to hold up a command that is about others. */
  readonly patienceMilliseconds?: number;
  /** Gives the worktree up at once instead of after `keep_trees`. */
  readonly now?: boolean;
  /** Takes along what agents made in the repository beside their own worktrees, where that is theirs and can come back. */
  readonly withChildren?: boolean;
}

/** What holds when the user said nothing, and when a kill that died is finished: nothing is lost by it. */
export const cautiousKill: KillOptions = { branch: "judge", commitMessage: undefined };
