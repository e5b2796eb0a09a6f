import { readdirSync, statfsSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  deletableTrash,
  type EndedAgent,
  type Ending,
  endedAgents,
  readEnding,
  writeEnding,
} from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles, keptTreeOwner, trashPlace, trashRoot } from "../../state/places.ts";
import { startDetached } from "../../system/exec.ts";
import { exists, isRealDirectory, moveAway, removeTree } from "../../system/files.ts";
import type { Repository } from "../../system/git/repository.ts";
import { adminDirectory, forgetWorktree } from "../../system/git/worktrees.ts";
import { mountsBelow } from "../../system/mounts.ts";
import { type Fleet, gitAt, settingsFor, statePlaces } from "../fleet.ts";
import { type IgnoredFiles, ignoredFiles } from "./ignored-files.ts";
import { isRegisteredAt } from "./ownership.ts";
import { heldByTreeAlone } from "./repositories-inside.ts";
import { killedAt, trashedOf } from "./trash.ts";

/**
 * Folders that nobody may write to (the cache of Go modules) keep their files until they are made writable; and a git that outlived a
 * killed `fleet` may still be writing some. Only folders
 * get another mode: a file may be a hard link to one of a shared store. What is mounted there is not ours: the deletion stops at it.
 */
const deletion =
  'case $(uname) in Linux) one=--one-file-system;; *) one=;; esac; for attempt in 1 2 3 4 5 6 7 8 9 10; do nice -n 19 rm -rf $one -- "$@" 2>/dev/null && exit; find "$@" -xdev -type d ! -perm -700 -exec chmod u+rwx {} \\; 2>/dev/null; sleep 1; done';

/**
 * Takes away a worktree that was made a moment ago for an agent that never started: renamed away and forgotten by git. The caller holds
 * the lock of the repository and has proven that it may. Every step may have been done before.
 */
export async function removeWorktree(fleet: Fleet, repository: Repository, entry: AgentEntry): Promise<void> {
  if (exists(entry.worktree)) moveAway(entry.worktree, trashPlace(statePlaces(fleet), entry.id));
  if (isRegisteredAt(repository, entry.worktree))
    await forgetWorktree(gitAt(fleet, repository.commonDirectory), entry.worktree);
}

/** The word for the command that does so; it is in no help. */
export const emptyingCommand = "__empty-trash";

/** Has another process of ours look at the worktrees whose time is over, so that nobody waits for it. */
export function emptyExpiredTrees(fleet: Fleet): void {
  if (expiredTrees(fleet, new Date()).length === 0) return;
  startDetached([fleet.program, emptyingCommand], { environment: fleet.environment, directory: "/" });
}

/**
 * Deletes the files of worktrees that were taken away, in a process that nobody waits for: all that lie in the trash, but for those
 * that were moved there to be kept.
 */
export function emptyTrash(fleet: Fleet): void {
  const trash = deletableTrash(statePlaces(fleet));
  if (trash.length > 0) startDetached(["/bin/sh", "-c", deletion, "sh", ...trash], { environment: fleet.environment });
}

/** The killed agents whose worktrees have lived on for long enough, and do not hold what nothing else does. */
export function expiredTrees(fleet: Fleet, now: Date): EndedAgent[] {
  const places = statePlaces(fleet);
  const kept = [...endedAgents(places), ...orphans(fleet)].filter(({ ending }) => {
    const trashed = trashedOf(ending);
    return trashed !== undefined && ending.partial !== true && exists(trashed.tree);
  });
  const last = kept.toSorted((a, b) => b.ending.ended_at.localeCompare(a.ending.ended_at))[0]?.ending.operation;
  const limit = fleet.settings.config.keep_trees * 1000;
  const pressed = kept.length > 0 && isNearlyFull(places.worktreeRoot);
  return kept.filter(({ ending }) => isOver(ending, { now, limit, pressed, last }));
}

/** What decides whether the time of a worktree is over. */
export interface Patience {
  readonly now: Date;
  /** `keep_trees`, in milliseconds. */
  readonly limit: number;
  /** The disk is nearly full. */
  readonly pressed: boolean;
  /** The last kill command. */
  readonly last: string | undefined;
}

const hourMilliseconds = 3_600_000;

/**
 * Whether the time of a killed agent's worktree is over: after `keep_trees`, and on a disk that is nearly full after an hour. What the last
 * kill command ended is never given up for want of room: it is what somebody wants back.
 */
export function isOver(
  { ended_at: ended, operation }: Pick<Ending, "ended_at" | "operation">,
  { now, limit, pressed, last }: Patience,
): boolean {
  const age = now.getTime() - Date.parse(ended);
  return age >= limit || (pressed && age >= hourMilliseconds && operation !== last);
}

/** Less than a twentieth and less than 10 GB are free on the file system of a directory. */
function isNearlyFull(directory: string): boolean {
  try {
    const { bavail, blocks, bsize } = statfsSync(directory);
    return bavail < blocks / 20 && bavail * bsize < 10e9;
  } catch {
    // What cannot be asked gives no reason to delete anything.
    return false;
  }
}

/** Worktrees in the trash whose agents' own files are gone: git's directory of each says of whom it was. */
function orphans(fleet: Fleet): EndedAgent[] {
  const places = statePlaces(fleet);
  return namesIn(places.worktreeRoot)
    .map((name) => join(places.worktreeRoot, name))
    .filter((path) => keptTreeOwner(path) !== undefined)
    .flatMap((path) => killedAt(path) ?? [])
    .filter(({ entry }) => readEnding(places, entry.id) === undefined);
}

/** What became of a worktree whose time was over. */
export interface GivenUp {
  readonly branch: string;
  /** What nothing else holds, so that it stays. */
  readonly held: readonly string[];
  /** What went with it. */
  readonly ignored: IgnoredFiles;
}

/**
 * Gives up the worktrees whose time is over, after a last look at all of each: one that holds what nothing else does lives on for as long
 * as its agent can be brought back.
 */
export async function giveUpTrees(fleet: Fleet, ended: readonly EndedAgent[]): Promise<GivenUp[]> {
  const places = statePlaces(fleet);
  const results: GivenUp[] = [];
  for (const agent of ended) {
    const trashed = trashedOf(agent.ending);
    if (trashed === undefined) continue;
    const ignored = await ignoredIn(fleet, agent);
    const held = [...heldByTreeAlone(trashed), ...ignored.wanted.map((path) => `${path}, which keep_ignored names`)];
    const stays = held.length > 0 || !discardTree(fleet, agent);
    if (stays && exists(agentFiles(places, agent.entry.id).ending)) {
      writeEnding(places, agent.entry.id, { ...agent.ending, partial: true });
    }
    results.push({ branch: agent.entry.branch, held, ignored });
  }
  return results;
}

/** The ignored files of a killed agent that live on with its worktree; none when that is gone. */
export async function ignoredIn(fleet: Fleet, { entry, ending }: EndedAgent): Promise<IgnoredFiles> {
  const trashed = trashedOf(ending);
  if (trashed === undefined || !isRealDirectory(trashed.tree)) return { count: 0, bytes: 0, wanted: [] };
  return ignoredFiles(gitAt(fleet, trashed.tree), settingsFor(fleet, entry.repo));
}

/**
 * Gives up what lives on of a killed agent: the tree goes to where nobody names it any more, to be deleted by `emptyTrash`, and git's
 * directories of it are removed. Says whether it did: a tree that is not proven to be the agent's, or in which something is mounted, stays.
 */
export function discardTree(fleet: Fleet, { entry, ending }: EndedAgent): boolean {
  const trashed = trashedOf(ending);
  const places = statePlaces(fleet);
  if (trashed === undefined) {
    if (ending.tree !== null && dirname(ending.tree) === trashRoot(places)) removeTree(ending.tree);
    return true;
  }
  if (isRealDirectory(trashed.tree)) {
    if (adminDirectory(trashed.tree) !== trashed.admin.place || mountsBelow(trashed.tree).length > 0) return false;
    moveAway(trashed.tree, trashPlace(places, entry.id));
  }
  for (const { place } of [...trashed.inner, trashed.admin]) removeTree(place);
  return true;
}

function namesIn(directory: string): string[] {
  return isRealDirectory(directory) ? readdirSync(directory) : [];
}
