import { FleetError } from "../errors.ts";
import type { AgentEntry } from "../state/entry.ts";
import { isRealDirectory } from "../system/files.ts";
import { uncommittedFiles } from "../system/git/changes.ts";
import { requireRepository } from "../system/git/repository.ts";
import { withLock } from "../system/lock.ts";
import { endAgent, isInside } from "./end.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock } from "./fleet.ts";
import { observeAgent } from "./observe.ts";
import { forgetAgent } from "./record.ts";
import { type BranchOutcome, dropBranch, removalObstacle, removeWorktree } from "./worktree.ts";

/** What became of an agent that was to be killed. */
export type KillResult =
  | { readonly ended: true; readonly entry: AgentEntry; readonly branch: BranchOutcome }
  | { readonly ended: false; readonly entry: AgentEntry; readonly why: string; readonly hint: string | undefined };

/**
 * Kills one agent, from wherever an earlier attempt stopped. Nothing is touched before it is certain that its worktree holds no
 * unsaved work and may be removed; and both are seen again when nothing of the agent can write any more.
 */
export async function finishKill(fleet: Fleet, entry: AgentEntry): Promise<KillResult> {
  try {
    return await kill(fleet, entry);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { ended: false, entry, why: error.message, hint: error.hint };
  }
}

async function kill(fleet: Fleet, entry: AgentEntry): Promise<KillResult> {
  const obstacle = await obstacleTo(fleet, entry);
  if (obstacle !== undefined) return { ended: false, entry, ...obstacle };
  const observation = await observeAgent(fleet, entry);
  if (await isInside(observation)) return { ended: false, entry, ...fromInside };
  await endAgent(fleet, observation);
  const repository = await requireRepository(gitAt(fleet, entry.repo));
  const uncancelled = { ...lockOptions(fleet), cancelled: new AbortController().signal };
  return withLock(repositoryLock(repository.commonDirectory), uncancelled, async () => {
    const late = await obstacleTo(fleet, entry);
    if (late !== undefined) return { ended: false, entry, ...late };
    await removeWorktree(fleet, entry);
    const branch = await dropBranch(fleet, entry);
    await forgetAgent(fleet, entry.id);
    return { ended: true, entry, branch };
  });
}

interface Obstacle {
  readonly why: string;
  readonly hint: string | undefined;
}

const fromInside: Obstacle = {
  why: "this command runs inside of it",
  hint: "to end it, run fleet kill in another terminal",
};

async function obstacleTo(fleet: Fleet, entry: AgentEntry): Promise<Obstacle | undefined> {
  const why = removalObstacle(entry);
  if (why !== undefined) {
    const unlock = why.startsWith("worktree is locked") ? `git worktree unlock ${entry.worktree}` : undefined;
    return { why, hint: unlock };
  }
  if (!isRealDirectory(entry.worktree)) return undefined;
  const unsaved = await uncommittedFiles(gitAt(fleet, entry.worktree));
  if (unsaved === 0) return undefined;
  return {
    why: unsaved === 1 ? "1 unsaved file" : `${unsaved} unsaved files`,
    hint: `fleet diff ${entry.branch}`,
  };
}
