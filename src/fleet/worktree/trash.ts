import { accessSync, chmodSync, constants, mkdirSync, renameSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative } from "node:path";
import { FleetError } from "../../errors.ts";
import { type EndedAgent, type Ending, isEnding, type KeptAdmin, readEnding } from "../../state/ending.ts";
import { type AgentEntry, isAgentEntry } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { keptAdmin, keptTree } from "../../state/places.ts";
import {
  exists,
  isInside,
  isRealDirectory,
  namesIn,
  readTextIfExists,
  realPath,
  removeTree,
  replaceFile,
} from "../../system/files.ts";
import { hasTables } from "../../system/git/reftable.ts";
import type { Repository } from "../../system/git/repository.ts";
import { mendSubmodules } from "../../system/git/submodules.ts";
import { adminDirectory, registeredPath } from "../../system/git/worktrees.ts";
import { removeLeftovers } from "../../system/leftovers.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
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

/** What the reflog of the branch is called beside git's directory of the worktree. */
export const keptBranchLog = "ai-fleet-branch-log";

/** Git's file that points from a worktree to its directory; every user may read what git wrote there. */
const pointerMode = 0o644;

/**
 * In git's directory of a worktree that was killed, until it is back for good: a restore that died half-way is known by it. It says how the
 * agent ended, for when the agent's own files are gone.
 */
const killedMark = "ai-fleet-killed.json";

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

/** Removes what was set aside so of an agent. */
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

/** Newer versions of git write relative paths where they are told to (`worktree.useRelativePaths`), for who sees both at another place. */
function namesRelatively(admin: string): boolean {
  return !isAbsolute(readTextIfExists(join(admin, "gitdir")) ?? "/");
}

/** Writes into git's directory of a worktree, which will be at `as`, where the worktree is. */
function register(
  admin: string,
  {
    as,
    worktree,
    relative: isRelative,
  }: { readonly as: string; readonly worktree: string; readonly relative: boolean },
): void {
  const pointer = join(worktree, ".git");
  replaceFile(join(admin, "gitdir"), `${isRelative ? wayFrom(as, pointer) : pointer}\n`, pointerMode);
}

/** As git has it: a way between real places. */
function wayFrom(directory: string, path: string): string {
  const real = (each: string) => realPath(each) ?? join(realPath(dirname(each)) ?? dirname(each), basename(each));
  return relative(real(directory), join(real(dirname(path)), basename(path)));
}

/**
 * Half a restore goes back into the trash, from wherever it came; says whether it was one that had moved things back. The caller holds
 * the lock of the repository.
 */
export function returnToTrash(repository: Repository, entry: AgentEntry, trashed: Trashed): boolean {
  const admin = registrationOf(repository, entry.id);
  const isKilled = admin !== undefined && exists(join(admin, killedMark));
  if (!isKilled && !exists(trashed.admin.place)) return false;
  const name = isKilled ? basename(admin) : trashed.admin.name;
  moveToTrash(repository, entry, { ...trashed, admin: { ...trashed.admin, name } });
  return true;
}

/** Writes down in git's directory of a worktree that it is about to be killed, and how its agent ended. */
export function markKilled(admin: string, killed: EndedAgent): void {
  writable(admin, () => replaceFile(join(admin, killedMark), `${JSON.stringify(killed, null, 2)}\n`));
}

/**
 * The killed agents that live on in the trash of a repository, as they are written down there: also those whose own files are gone, or whose
 * repository has been moved since. Paths are those of where the repository is now.
 */
export function killedIn({ commonDirectory, root }: Pick<Repository, "commonDirectory" | "root">): EndedAgent[] {
  const trash = dirname(keptAdmin(commonDirectory, "any"));
  return namesIn(trash).flatMap((id) => {
    const killed = readKilled(join(trash, id), id);
    if (killed?.ending.admin == null) return [];
    const here = (kept: KeptAdmin): KeptAdmin => ({ ...kept, place: join(trash, basename(kept.place)) });
    const { entry, ending } = killed;
    const { admin, inner = [] } = { ...ending, admin: killed.ending.admin };
    return [{ entry: { ...entry, repo: root }, ending: { ...ending, admin: here(admin), inner: inner.map(here) } }];
  });
}

/** The killed agent whose worktree lives on at this path, as git's directory of the worktree says. */
export function killedAt(tree: string): EndedAgent | undefined {
  const admin = adminDirectory(tree);
  const killed = admin === undefined ? undefined : readKilled(admin, basename(admin));
  return killed?.ending.tree === tree ? killed : undefined;
}

function readKilled(admin: string, id: string): EndedAgent | undefined {
  const value = parsedJson(readTextIfExists(join(admin, killedMark)) ?? "");
  const { entry, ending } = (typeof value === "object" && value !== null ? value : {}) as Partial<EndedAgent>;
  return isAgentEntry(entry) && entry.id === id && isEnding(ending, id) ? { entry, ending } : undefined;
}

/** Takes away what only a killed worktree has. */
export function forgetKill(worktree: string): void {
  const admin = adminDirectory(worktree);
  if (admin === undefined) return;
  for (const name of [killedMark, keptBranchLog]) removeTree(join(admin, name));
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

function pointsTo(worktree: string, admin: string): boolean {
  return adminDirectory(worktree) === admin;
}

/** Writes into a worktree where git's directory of it is. */
export function point(worktree: string, admin: string, { relative: isRelative } = { relative: false }): void {
  const path = isRelative ? wayFrom(worktree, admin) : admin;
  writable(worktree, () => replaceFile(join(worktree, ".git"), `gitdir: ${path}\n`, pointerMode));
}

/**
 * Removes what a command that died had written into a worktree on the way to the above: it would be taken for work of the agent. What
 * cannot be listed is named by what looks at it next. The caller holds the lock of the repository.
 */
export async function removeUnusedPointers(worktree: string): Promise<void> {
  if (isListable(worktree)) await removeLeftovers([worktree], ".git.");
}

function isListable(directory: string): boolean {
  try {
    accessSync(directory, constants.R_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One rename; only rename(2) itself knows whether it works. */
function moveDirectory(path: string, target: string): void {
  mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
  writable(path, () => renameSync(path, target), target);
}

/** To rename a directory or what is in it, one must be able to write to it: a read-only one is lent that, and gets its mode back. */
function writable(directory: string, change: () => void, after = directory): void {
  const { mode } = statSync(directory);
  if ((mode & 0o200) !== 0) {
    change();
    return;
  }
  chmodSync(directory, mode | 0o300);
  try {
    change();
  } finally {
    chmodSync(exists(after) ? after : directory, mode);
  }
}

function freeName(registrations: string, name: string, id: string): string {
  return (
    [name, `${name}-${id}`].find((candidate) => !exists(join(registrations, candidate))) ?? `${name}-${Date.now()}`
  );
}
