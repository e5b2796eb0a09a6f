import { dirname } from "node:path";
import { FleetError, inOneLine } from "../../errors.ts";
import { deletableTrash, type EndedAgent, type Ending, writeEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles, type StatePlaces, trashPlace, trashRoot } from "../../state/places.ts";
import { startDetached } from "../../system/exec.ts";
import { exists, isRealDirectory, moveAway, removeAtOnce, removeTree } from "../../system/files.ts";
import type { GitPlace } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { adminDirectory, forgetWorktree } from "../../system/git/worktrees.ts";
import { mountsBelow } from "../../system/mounts.ts";
import { type Fleet, gitAt, gitIn, settingsFor, statePlaces } from "../fleet.ts";
import { type IgnoredFiles, ignoredFiles, sizeText } from "./ignored-files.ts";
import { registrationAt } from "./ownership.ts";
import { heldByTreeAlone } from "./repositories-inside.ts";
import { useRoom } from "./set-aside.ts";
import { trashedOf } from "./trash.ts";
import { whileEnded } from "./while-ended.ts";

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
  if (registrationAt(repository, entry.worktree) !== undefined)
    await forgetWorktree(gitAt(fleet, repository.commonDirectory), entry.worktree);
}

/**
 * Deletes the files of worktrees that were taken away, in a process that nobody waits for: all that lie in the trash, but for those
 * that were moved there to be kept.
 */
export function emptyTrash(fleet: Fleet): void {
  const trash = deletableTrash(statePlaces(fleet));
  if (trash.length > 0) startDetached(["/bin/sh", "-c", deletion, "sh", ...trash], { environment: fleet.environment });
}

/** What became of a worktree whose time was over. */
export interface GivenUp {
  readonly branch: string;
  /** What nothing else holds, so that it stays. */
  readonly held: readonly string[];
  /** What went with it. */
  readonly ignored: IgnoredFiles;
  /** How many FIFOs, sockets and devices went with it. */
  readonly special: number;
}

/**
 * Gives up the worktrees whose time is over, after a last look at all of each: one that holds what nothing else does lives on for as long
 * as its agent can be brought back. `byHand` says that the user was told what unsaved work goes with it.
 */
export async function giveUpTrees(
  fleet: Fleet,
  ended: readonly EndedAgent[],
  { byHand } = { byHand: false },
): Promise<GivenUp[]> {
  const places = statePlaces(fleet);
  const results: GivenUp[] = [];
  for (const agent of ended) {
    const trashed = trashedOf(agent.ending);
    if (trashed === undefined) continue;
    useRoom(agentFiles(places, agent.entry.id));
    const { ignored, unread } = await ignoredIn(fleet, agent);
    const only = heldByTreeAlone(trashed);
    const unheld = byHand ? undefined : describeUnheld(agent.ending);
    const held = [
      ...(unheld === undefined ? [] : [unheld]),
      ...(unread === undefined ? [] : [`its files (${unread})`]),
      ...only.held,
      ...ignored.wanted.map((path) => `${path}, which keep_ignored names`),
    ];
    const stays = held.length > 0 || (await whileEnded(fleet, agent, () => discardTree(fleet, agent))) === false;
    if (stays) await whileEnded(fleet, agent, () => keepForGood(places, agent));
    results.push({ branch: agent.entry.branch, held, ignored, special: only.special });
  }
  return results;
}

/** It lives on for as long as its agent can be brought back. */
function keepForGood(places: StatePlaces, { entry, ending }: EndedAgent): void {
  if (exists(agentFiles(places, entry.id).ending)) writeEnding(places, entry.id, { ...ending, partial: true });
}

/** What is known of the ignored files of an agent, and in git's words why there is nothing to know. */
export interface IgnoredSeen {
  readonly ignored: IgnoredFiles;
  readonly unread?: string;
}

const noneIgnored: IgnoredFiles = { count: 0, bytes: 0, wanted: [] };

/**
 * The ignored files of a killed agent that live on with its worktree; none when that is gone. Its repository may have been deleted or be
 * away: then git knows nothing of them, which is no reason to leave all others alone.
 */
export async function ignoredIn(fleet: Fleet, { entry, ending }: EndedAgent): Promise<IgnoredSeen> {
  const trashed = trashedOf(ending);
  if (trashed === undefined || !isRealDirectory(trashed.tree)) return { ignored: noneIgnored };
  return ignoredSeen(fleet, gitAt(fleet, trashed.tree), entry);
}

/** The ignored files of an agent that is there; none when its worktree is gone. */
export async function ignoredOf(fleet: Fleet, entry: AgentEntry): Promise<IgnoredSeen> {
  return isRealDirectory(entry.worktree) ? ignoredSeen(fleet, gitIn(fleet, entry), entry) : { ignored: noneIgnored };
}

async function ignoredSeen(fleet: Fleet, place: GitPlace, { repo }: AgentEntry): Promise<IgnoredSeen> {
  try {
    return { ignored: await ignoredFiles(place, settingsFor(fleet, repo)) };
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return { ignored: noneIgnored, unread: inOneLine(error) };
  }
}

/**
 * Gives up what lives on of a killed agent: the tree goes to where nobody names it any more, to be deleted by `emptyTrash`, and git's
 * directories of it are removed. Nobody may be bringing it back meanwhile. Says whether it did: a tree that is not proven to be the
 * agent's, or in which something is mounted, stays.
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
    discardFiles(trashed.tree, trashPlace(places, entry.id));
  }
  for (const { place } of [...trashed.inner, trashed.admin]) removeTree(place);
  return true;
}

/** What an agent had left may lie on another file system than the trash, and goes where it is. */
function discardFiles(tree: string, trash: string): void {
  try {
    moveAway(tree, trash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EXDEV") throw error;
    removeAtOnce(tree);
  }
}

/** What only the worktree of a killed agent has of its unsaved work: `1 file, 3.2 GB`; `undefined` when the snapshot has all. */
export function describeUnheld({ unheld }: Pick<Ending, "unheld">): string | undefined {
  if (unheld === undefined) return undefined;
  const { files, bytes } = unheld;
  return `${files} unsaved file${files === 1 ? "" : "s"}, ${sizeText(bytes)}`;
}
