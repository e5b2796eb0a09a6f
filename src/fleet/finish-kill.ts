import { FleetError } from "../errors.ts";
import type { AgentEntry } from "../state/entry.ts";
import { isRealDirectory } from "../system/files.ts";
import { uncommittedFiles } from "../system/git/changes.ts";
import { type Repository, requireRepository } from "../system/git/repository.ts";
import { withLock } from "../system/lock.ts";
import { type BranchOutcome, dropBranches } from "./branch.ts";
import { endAgents, isInside } from "./end.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock } from "./fleet.ts";
import { observeAgents } from "./observe.ts";
import { forgetAgents } from "./record.ts";
import { emptyTrash, removalObstacle, removeWorktree } from "./worktree.ts";

/** An agent that was killed. */
export interface Ended {
  readonly ended: true;
  readonly entry: AgentEntry;
  readonly branch: BranchOutcome;
}

/** An agent that had to be kept. */
export interface Kept {
  readonly ended: false;
  readonly entry: AgentEntry;
  readonly why: string;
  readonly hint: string | undefined;
}

/** What became of an agent that was to be killed. */
export type KillResult = Ended | Kept;

/**
 * Kills agents, from wherever an earlier attempt stopped. Nothing of an agent is touched before it is certain that its worktree holds
 * no unsaved work and may be removed; and both are seen again when nothing of it can write any more. One that must be kept does not
 * hold up the others. The results are in the order of the entries.
 */
export async function finishKills(fleet: Fleet, entries: readonly AgentEntry[]): Promise<KillResult[]> {
  const kept = await obstacles(fleet, entries);
  const observations = await observeAgents(fleet, without(entries, kept));
  const inside = await Promise.all(observations.map(isInside));
  const fromInside = observations.filter((_, index) => inside[index]).map(({ entry }) => keptFromInside(entry));
  const doomed = observations.filter((_, index) => !inside[index]);
  await endAgents(fleet, doomed);
  const byRepository = Map.groupBy(
    doomed.map(({ entry }) => entry),
    ({ repo }) => repo,
  );
  const removed = await Promise.all([...byRepository].map(([root, agents]) => removeAll(fleet, root, agents)));
  const results = [...kept, ...fromInside, ...removed.flat()];
  await forgetAgents(
    fleet,
    results.filter(({ ended }) => ended).map(({ entry }) => entry.id),
  );
  return entries
    .map((entry) => results.find((result) => result.entry.id === entry.id))
    .filter((result) => result !== undefined);
}

/** Removes worktrees and branches of one repository, as the only process that changes them. */
async function removeAll(fleet: Fleet, root: string, entries: readonly AgentEntry[]): Promise<KillResult[]> {
  try {
    const repository = await requireRepository(gitAt(fleet, root));
    const uncancelled = { ...lockOptions(fleet), cancelled: new AbortController().signal };
    return await withLock(repositoryLock(repository.commonDirectory), uncancelled, () =>
      remove(fleet, repository, entries),
    );
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return entries.map((entry) => ({ ended: false, entry, why: error.message, hint: error.hint }));
  }
}

async function remove(fleet: Fleet, repository: Repository, entries: readonly AgentEntry[]): Promise<KillResult[]> {
  const late = await obstacles(fleet, entries);
  const free = without(entries, late);
  const attempts = await Promise.all(free.map((entry) => removeOne(fleet, repository, entry)));
  const failed = attempts.filter((attempt) => attempt !== undefined);
  const gone = without(free, failed);
  const branches = await dropBranches(fleet, repository, gone);
  emptyTrash(fleet, gone);
  const ended = gone.map((entry): Ended => {
    const branch = branches.get(entry.id) ?? { deleted: false, why: "git did not say" };
    return { ended: true, entry, branch };
  });
  return [...late, ...failed, ...ended];
}

async function removeOne(fleet: Fleet, repository: Repository, entry: AgentEntry): Promise<Kept | undefined> {
  try {
    await removeWorktree(fleet, repository, entry);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ended: false, entry, why, hint: `ls -ld ${entry.worktree}` };
  }
}

/** The agents that must be kept, and why. */
async function obstacles(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Kept[]> {
  const found = await Promise.all(entries.map((entry) => obstacleTo(fleet, entry)));
  return found.filter((kept) => kept !== undefined);
}

async function obstacleTo(fleet: Fleet, entry: AgentEntry): Promise<Kept | undefined> {
  const why = removalObstacle(entry);
  if (why !== undefined) {
    const unlock = why.startsWith("worktree is locked") ? `git worktree unlock ${entry.worktree}` : undefined;
    return { ended: false, entry, why, hint: unlock };
  }
  if (!isRealDirectory(entry.worktree)) return undefined;
  const unsaved = await uncommittedFiles(gitAt(fleet, entry.worktree));
  if (unsaved === 0) return undefined;
  const files = unsaved === 1 ? "1 unsaved file" : `${unsaved} unsaved files`;
  return { ended: false, entry, why: files, hint: `fleet diff ${entry.branch}` };
}

function keptFromInside(entry: AgentEntry): Kept {
  const hint = "to end it, run fleet kill in another terminal";
  return { ended: false, entry, why: "this command runs inside of it", hint };
}

function without(entries: readonly AgentEntry[], kept: readonly Kept[]): AgentEntry[] {
  return entries.filter((entry) => kept.every((other) => other.entry.id !== entry.id));
}
