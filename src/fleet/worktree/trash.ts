import { mkdirSync, renameSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { type Ending, type KeptAdmin, readEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { keptAdmin, keptTree } from "../../state/places.ts";
import { exists, isInside, isRealDirectory, namesIn, realPath, removeTree } from "../../system/files.ts";
import { namesRelatively, point, pointsTo, register } from "../../system/git/pointers.ts";
import { hasTables } from "../../system/git/reftable.ts";
import type { Repository } from "../../system/git/repository.ts";
import { mendSubmodules } from "../../system/git/submodules.ts";
import { registeredPath } from "../../system/git/worktrees.ts";
import { shellWord } from "../../system/shell.ts";
import { whileWritable } from "../../system/writable.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { isMarkedKilled } from "./killed-mark.ts";
import { registrationOf } from "./ownership.ts";

/**
 * A kill is a rename: the worktree and git's directory of it are moved out of git's sight, each on its own file system, and live on
 * there as they were. The names in the trash carry the id of the agent, so every state between two renames is told by them alone, and
 * no path below `.git/worktrees/` is ever named by a tree that is in the trash.
 */
export interface Trashed {
  readonly tree: string;
  readonly admin: KeptAdmin;
  readonly inner: readonly KeptAdmin[];
}

/**
 * Where the worktree of an agent will go, beside itself or another, with all the registrations that lie in it. Throws when something is there
 * already.
 */
export function planTrash(
  { commonDirectory }: Repository,
  entry: AgentEntry,
  { admin, beside }: { readonly admin: string; readonly beside: string },
): Trashed {
  const place = keptAdmin(commonDirectory, entry.id);
  const trashed: Trashed = {
    tree: keptTree(beside, entry.id),
    admin: { name: basename(admin), place },
    inner: registrationsInside(commonDirectory, entry.worktree)
      .filter((name) => name !== basename(admin))
      .map((name) => ({ name, place: `${place}+${name}` })),
  };
  const inTheWay = [trashed.tree, ...adminsOf(trashed).map((each) => each.place)].find(exists);
  if (inTheWay === undefined) return trashed;
  throw new FleetError("failed", `something is in the way at ${inTheWay}`, { hint: `ls -ld ${shellWord(inTheWay)}` });
}

/** What an ending says of the trash; `undefined` when the worktree was gone, or an earlier version ended the agent. */
export function trashedOf(ending: Ending | undefined): Trashed | undefined {
  if (ending?.tree == null || ending.admin == null) return undefined;
  return { tree: ending.tree, admin: ending.admin, inner: ending.inner ?? [] };
}

/** Whether all of a killed agent is still there to be moved back. */
export function isWhole({ tree, admin }: Trashed): boolean {
  return isRealDirectory(tree) && isRealDirectory(admin.place);
}

/** Whether git's directory of a killed worktree has its refs in the form that the repository has now: it may have been migrated. */
export function keepsRefsAlike({ commonDirectory }: Repository, { admin }: Trashed): boolean {
  return hasTables(admin.place) === hasTables(commonDirectory);
}

/**
 * Where an agent came back from its snapshot, git's directory of its worktree may still be in the trash: that is where the next kill of it
 * goes. What is in there stays until all of the agent is given up. Says whether there was one.
 */
export function setOutlivedAside({ admin }: Trashed): boolean {
  if (!exists(admin.place)) return false;
  renameSync(admin.place, `${admin.place}+${Date.now()}`);
  return true;
}

/** Removes git's directories that `setOutlivedAside` has set aside of an agent. */
export function removeSetAside({ commonDirectory }: Repository, id: string): void {
  const place = keptAdmin(commonDirectory, id);
  for (const name of namesIn(dirname(place)).filter((each) => each.startsWith(`${id}+`))) {
    removeTree(join(dirname(place), name));
  }
}

/** How an agent ended whose removal has begun and not come to its end: what is left of it can only go on into the trash. */
export function begunRemoval(fleet: Fleet, entry: AgentEntry): Ending | undefined {
  const ending = readEnding(statePlaces(fleet), entry.id);
  const trashed = trashedOf(ending);
  if (trashed === undefined) return undefined;
  return exists(trashed.admin.place) || pointsTo(entry.worktree, trashed.admin.place) ? ending : undefined;
}

/**
 * Moves the worktree at a path and its registrations into the trash, whatever part of them is there already. When a step fails, what
 * was moved goes back, and FleetError `failed` says why. The caller holds the lock of the repository and has proven that it may.
 */
export function moveToTrash(
  { commonDirectory }: Repository,
  { worktree }: Pick<AgentEntry, "worktree">,
  trashed: Trashed,
): void {
  try {
    if (isRealDirectory(worktree) && !exists(trashed.tree) && !pointsTo(worktree, trashed.admin.place)) {
      point(worktree, trashed.admin.place);
    }
    for (const { name, place } of adminsOf(trashed)) {
      const registered = join(commonDirectory, "worktrees", name);
      if (exists(registered) && !exists(place)) moveDirectory(registered, place);
    }
    if (pointsTo(worktree, trashed.admin.place) && !exists(trashed.tree)) moveDirectory(worktree, trashed.tree);
  } catch (error) {
    takeBack(commonDirectory, worktree, trashed);
    throw new FleetError("failed", `${worktree} could not be moved away`, {
      output: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/** Undoes the first steps of a move that cannot go on; what cannot go back stays in the trash, where a restore finds it. */
function takeBack(commonDirectory: string, worktree: string, trashed: Trashed): void {
  for (const { name, place } of adminsOf(trashed).toReversed()) {
    const registered = join(commonDirectory, "worktrees", name);
    if (exists(place) && !exists(registered)) moveDirectory(place, registered);
  }
  const registered = join(commonDirectory, "worktrees", trashed.admin.name);
  if (exists(registered) && pointsTo(worktree, trashed.admin.place)) point(worktree, registered);
}

/**
 * Moves a worktree and its registrations back out of the trash, to the place of the entry and under names that are free, and mends what
 * names the old ones. Returns git's directory of the worktree. The caller holds the lock of the repository.
 */
export function moveBack({ commonDirectory }: Repository, entry: AgentEntry, trashed: Trashed): string {
  const registrations = join(commonDirectory, "worktrees");
  const admin = join(registrations, freeName(registrations, trashed.admin.name, entry.id));
  const before = registeredPath(trashed.admin.place);
  const isRelative = namesRelatively(trashed.admin.place);
  mkdirSync(registrations, { recursive: true });
  moveDirectory(trashed.tree, entry.worktree);
  register(trashed.admin.place, { as: admin, worktree: entry.worktree, relative: isRelative });
  moveDirectory(trashed.admin.place, admin);
  point(entry.worktree, admin, { relative: isRelative });
  mendSubmodules({
    admin,
    worktree: entry.worktree,
    adminBefore: join(registrations, trashed.admin.name),
    worktreeBefore: before ?? entry.worktree,
  });
  for (const { name, place } of trashed.inner.filter((each) => exists(each.place))) {
    bringInnerBack(join(registrations, freeName(registrations, name, entry.id)), place, before, entry.worktree);
  }
  return admin;
}

/** A worktree inside of the worktree: where it is now follows from where the outer one was. */
function bringInnerBack(admin: string, place: string, before: string | undefined, worktree: string): void {
  const path = registeredPath(place);
  if (path === undefined) return;
  const now = before !== undefined && isInside(before, path) ? join(worktree, path.slice(before.length)) : path;
  const isRelative = namesRelatively(place);
  register(place, { as: admin, worktree: now, relative: isRelative });
  moveDirectory(place, admin);
  if (isRealDirectory(now)) point(now, admin, { relative: isRelative });
}

/**
 * Half a restore goes back into the trash, from wherever it came; says whether it was one that had moved things back. The caller holds
 * the lock of the repository.
 */
export function returnToTrash(repository: Repository, entry: AgentEntry, trashed: Trashed): boolean {
  const admin = registrationOf(repository, entry.id);
  const isKilled = admin !== undefined && isMarkedKilled(admin);
  if (!isKilled && !exists(trashed.admin.place)) return false;
  const name = isKilled ? basename(admin) : trashed.admin.name;
  moveToTrash(repository, entry, { ...trashed, admin: { ...trashed.admin, name } });
  return true;
}

function adminsOf({ admin, inner }: Trashed): KeptAdmin[] {
  return [...inner, admin];
}

/** The names of the registrations whose worktrees lie inside of a directory. */
function registrationsInside(commonDirectory: string, directory: string): string[] {
  const registrations = join(commonDirectory, "worktrees");
  const real = realPath(directory) ?? directory;
  return namesIn(registrations).filter((name) => {
    const path = registeredPath(join(registrations, name));
    return path !== undefined && [directory, real].some((outer) => isInside(outer, path));
  });
}

/** One rename; only rename(2) itself knows whether it works. */
function moveDirectory(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  whileWritable(path, () => renameSync(path, target), target);
}

function freeName(registrations: string, name: string, id: string): string {
  return (
    [name, `${name}-${id}`].find((candidate) => !exists(join(registrations, candidate))) ?? `${name}-${Date.now()}`
  );
}
