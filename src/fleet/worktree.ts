import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import type { AgentEntry } from "../state/entry.ts";
import { trashPlace } from "../state/places.ts";
import { startDetached } from "../system/exec.ts";
import { exists, isRealDirectory, moveAway, readTextIfExists, realPath, replaceFile } from "../system/files.ts";
import { branchesAt, deleteBranchAt } from "../system/git/branches.ts";
import { discoverRepository } from "../system/git/repository.ts";
import { adminDirectory, forgetWorktree, isRegistered, lockReason } from "../system/git/worktrees.ts";
import { type Fleet, gitAt, statePlaces } from "./fleet.ts";

/** Our copy of the entry in git's own directory of a worktree: it moves with the worktree and goes with its registration. */
const recordName = "ai-fleet.json";

/** Folders that nobody may write to (the cache of Go modules) keep their files until they are made writable. */
const deletion =
  'nice -n 19 rm -rf -- "$1" 2>/dev/null || { chmod -R u+rwX -- "$1" && exec nice -n 19 rm -rf -- "$1"; }';

/** Marks a worktree as this agent's, where git keeps what it knows of it. */
export function markWorktree(entry: AgentEntry): void {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `git did not register the worktree ${entry.worktree}`);
  replaceFile(join(admin, recordName), `${JSON.stringify(entry, null, 2)}\n`);
}

/**
 * Why the worktree of an agent must not be removed; `undefined` when it is proven to be the agent's: directory and registration name
 * each other, the registration carries its id, and nobody locked it.
 */
export function removalObstacle(entry: AgentEntry): string | undefined {
  if (!exists(entry.worktree)) return undefined;
  if (!isRealDirectory(entry.worktree)) return `${entry.worktree} is not a directory any more`;
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) return `${entry.worktree} is not a worktree of git any more`;
  if (!isRegistered(entry.worktree, admin)) return `git has ${entry.worktree} registered at another place`;
  if (recordedId(admin) !== entry.id) return `${entry.worktree} does not belong to this agent`;
  const reason = lockReason(admin);
  return reason === undefined ? undefined : `worktree is locked: ${JSON.stringify(reason)}`;
}

/**
 * Why a worktree at a path that we had reserved must not be removed when its making is undone. Git may have been stopped before it
 * wrote its own `.git` file, and we before we marked it; a mark of another agent says that the path has a new owner.
 */
export function undoObstacle(entry: AgentEntry): string | undefined {
  if (exists(entry.worktree) && !isRealDirectory(entry.worktree)) return `${entry.worktree} is not a directory`;
  const admin = adminDirectory(entry.worktree);
  const owner = admin === undefined ? undefined : recordedId(admin);
  return owner === undefined || owner === entry.id ? undefined : `${entry.worktree} belongs to another agent`;
}

/**
 * Takes a worktree away: renamed into the trash of its file system, forgotten by git, its files deleted by a process that nobody
 * waits for. The caller holds the lock of the repository and has proven that it may. Every step may have been done before.
 */
export async function removeWorktree(fleet: Fleet, entry: AgentEntry): Promise<void> {
  const trash = trashPlace(statePlaces(fleet), entry.id);
  if (exists(entry.worktree)) moveAway(entry.worktree, trash);
  if ((await registeredAt(fleet, entry)) !== undefined) await forgetWorktree(gitAt(fleet, entry.repo), entry.worktree);
  if (exists(trash)) startDetached(["/bin/sh", "-c", deletion, "sh", trash], { environment: fleet.environment });
}

/** What became of a branch, and why. */
export interface BranchOutcome {
  readonly deleted: boolean;
  readonly why: string;
}

/** Deletes the branch of an agent if the fleet made it and it holds nothing: git compares and deletes in one step. */
export async function dropBranch(fleet: Fleet, entry: AgentEntry): Promise<BranchOutcome> {
  const place = gitAt(fleet, entry.repo);
  const branch = (await branchesAt(place, [entry.branch])).get(entry.branch);
  if (branch === undefined) return { deleted: true, why: "it was gone already" };
  if (entry.adopted) return { deleted: false, why: "it was there before the agent" };
  if (branch.worktree !== undefined) return { deleted: false, why: `it is checked out in ${branch.worktree}` };
  if (branch.commit !== entry.base) return { deleted: false, why: "it has commits of its own" };
  const deleted = await deleteBranchAt(place, entry.branch, entry.base);
  return deleted ? { deleted, why: "nothing of its own" } : { deleted, why: "it changed in this moment" };
}

/** The registration of a worktree path, also when its directory is gone or git was stopped while making it. */
export async function registeredAt(fleet: Fleet, entry: AgentEntry): Promise<string | undefined> {
  const repository = await discoverRepository(gitAt(fleet, entry.repo));
  if (repository === undefined) return undefined;
  const worktrees = join(repository.commonDirectory, "worktrees");
  if (!isRealDirectory(worktrees)) return undefined;
  const parent = realPath(join(entry.worktree, "..")) ?? join(entry.worktree, "..");
  const wanted = [
    join(entry.worktree, ".git"),
    join(parent, entry.worktree.slice(entry.worktree.lastIndexOf("/") + 1), ".git"),
  ];
  return readdirSync(worktrees)
    .map((name) => join(worktrees, name))
    .find((admin) => wanted.includes(readTextIfExists(join(admin, "gitdir"))?.trim() ?? ""));
}

/** The id of the agent that a registration was made for. */
function recordedId(admin: string): unknown {
  try {
    return (JSON.parse(readTextIfExists(join(admin, recordName)) ?? "null") as { readonly id?: unknown } | null)?.id;
  } catch {
    // A record that does not parse proves nothing.
    return undefined;
  }
}
