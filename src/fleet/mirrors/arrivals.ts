import { FleetError } from "../../errors.ts";
import { resolveCommit } from "../../system/git/branches.ts";
import { type GitPlace, tryGit, withoutHooks } from "../../system/git/command.ts";

/** A commit that another machine has pushed into a mirror. */
export interface Pushed {
  /** What the one who pushed calls it. */
  readonly pushed: string;
  /** The id of his fleet. */
  readonly owner: string;
  readonly commit: string;
}

/** Forgets a blob that was pushed beside a commit, once it is where it belongs. */
export async function dropPushed(place: GitPlace, ref: string): Promise<void> {
  await tryGit(place, [...withoutHooks, "update-ref", "-d", ref]);
}

/** Where a conversation is pushed to that goes with a commit. */
export function conversationRef(pushed: string): string {
  return `refs/fleet/in/${pushed}.conversation`;
}

/**
 * Takes what was pushed to `refs/fleet/in/PUSHED`. It is kept under a name of the one who pushed it, so that his next push need bring only
 * what is new. Throws FleetError `failed` when it has not arrived, or is something else.
 */
export async function acceptPush(place: GitPlace, { pushed, owner, commit }: Pushed): Promise<void> {
  const arrived = `refs/fleet/in/${pushed}`;
  if ((await resolveCommit(place, arrived)) !== commit) {
    throw new FleetError("failed", `the commit ${commit.slice(0, 7)} has not arrived on this machine`, {
      code: "not-arrived",
      hint: "to push it again, repeat the command",
    });
  }
  const input = `update refs/fleet/have/${owner} ${commit}\ndelete ${arrived} ${commit}\n`;
  await tryGit(place, [...withoutHooks, "update-ref", "--stdin"], { input });
}
