import { FleetError } from "../errors.ts";
import { type Fleet, gitIn } from "../fleet/fleet.ts";
import { commitUnsaved } from "../fleet/worktree/commit-unsaved.ts";
import { takeInWork } from "../fleet/worktree/taken.ts";
import type { AgentEntry } from "../state/entry.ts";
import { isRealDirectory } from "../system/files.ts";
import { commitsAhead } from "../system/git/changes.ts";
import { git } from "../system/git/command.ts";
import { checkedOut } from "../system/git/content.ts";

/** What is to become of the work of an agent before it may go. */
export interface WorkWanted {
  /** The message of a commit with what is in none; without one nothing is committed. */
  readonly commitMessage: string | undefined;
  /** To the branch of its name on origin. */
  readonly push: boolean;
}

/** How much work there is. */
export interface WorkFound {
  readonly commits: number;
  /** Files in no commit. */
  readonly unsaved: number;
}

/** What there is of the work of an agent when that was done, and what of it could not be. */
export interface KeptWork {
  /** Absent when nobody could look. */
  readonly found?: WorkFound;
  readonly problem?: FleetError;
}

/** A push may wait for a network; what takes longer than this hangs. */
const pushMilliseconds = 300_000;

/** Commits and pushes the work of an agent on this machine, as is wanted. Nothing is pushed when it could not be committed. */
export async function keepWorkHere(
  fleet: Fleet,
  entry: AgentEntry,
  { commitMessage, push: pushes }: WorkWanted,
): Promise<KeptWork> {
  await takeInWork(fleet, [entry]);
  const uncommitted =
    commitMessage === undefined ? undefined : await failureOf(() => commitUnsaved(fleet, entry, commitMessage));
  const found = await lookAt(fleet, entry);
  const problem = uncommitted ?? (pushes ? await push(fleet, entry) : undefined);
  return { found, ...(problem === undefined ? {} : { problem }) };
}

async function lookAt(fleet: Fleet, entry: AgentEntry): Promise<WorkFound> {
  const place = gitIn(fleet, entry);
  if (!isRealDirectory(entry.worktree)) return { commits: 0, unsaved: 0 };
  const { head, unsaved } = await checkedOut(place);
  if (head === undefined) return { commits: 0, unsaved };
  const progress = { tip: head, base: entry.base };
  const ahead = await commitsAhead(place, [progress]);
  return { commits: ahead(progress).commits, unsaved };
}

/** What was done is told with what could not be: the reply of the agent comes in any case. */
async function failureOf(work: () => Promise<unknown>): Promise<FleetError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof FleetError) return error;
    throw error;
  }
}

/** What is checked out, under the name of the branch; never forced: what others have on a branch of this name stays. */
async function push(fleet: Fleet, entry: AgentEntry): Promise<FleetError | undefined> {
  const args = ["push", "--quiet", "--", "origin", `HEAD:refs/heads/${entry.branch}`];
  return failureOf(() => git(gitIn(fleet, entry), args, { timeoutMilliseconds: pushMilliseconds }));
}
