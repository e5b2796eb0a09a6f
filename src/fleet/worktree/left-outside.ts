import { linkSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { endedAgents } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { parsedJson } from "../../state/json.ts";
import { readMark } from "../../state/marks.ts";
import { type AgentFiles, agentFiles, type StatePlaces } from "../../state/places.ts";
import { readRecords } from "../../state/records.ts";
import { readRegistry } from "../../state/registry.ts";
import {
  isInside,
  isRealDirectory,
  namesIn,
  readTextIfExists,
  removeTree,
  replaceCache,
  writePrivateFile,
} from "../../system/files.ts";
import { refNames } from "../../system/git/ref-names.ts";
import { headOf } from "../../system/git/reftable.ts";
import type { Repository } from "../../system/git/repository.ts";
import { registeredPath } from "../../system/git/worktrees.ts";

/** What there was in a repository at a moment, by name. */
interface Known {
  /** `null` where git keeps them in a form that is not read. */
  readonly refs: readonly string[] | null;
  /** The names of the registrations: `.git/worktrees/NAME`. */
  readonly worktrees: readonly string[];
}

/** Keeps beside agents what there was in their repository before they started: all of one launch share it, as one file with many names. */
export class KnownBefore {
  readonly #text: string;
  #written: string | undefined;

  /** `without` is what agents have left there. */
  constructor({ commonDirectory }: Pick<Repository, "commonDirectory">, without: Partial<Known> = {}) {
    const missingIn = (left: readonly string[] | null | undefined) => {
      const names = new Set(left);
      return (name: string) => !names.has(name);
    };
    const known: Known = {
      refs: refNames(commonDirectory)?.filter(missingIn(without.refs)) ?? null,
      worktrees: registrationsIn(commonDirectory).filter(missingIn(without.worktrees)),
    };
    this.#text = textOf(known);
  }

  keepWith({ knownBefore }: AgentFiles): void {
    if (this.#written !== undefined && linked(this.#written, knownBefore)) return;
    // Never into the file that is there, which others may share.
    replaceCache(knownBefore, this.#text);
    this.#written = knownBefore;
  }
}

function textOf(known: Known): string {
  return `${JSON.stringify(known)}\n`;
}

/** Keeps with a killed agent what it has left behind, so that it is still its own when it comes back. */
export function keepLeftBehind({ leftBehind }: AgentFiles, { worktrees, branches, tags }: LeftOutside): void {
  const refs = [...branches.map((name) => `refs/heads/${name}`), ...tags.map((name) => `refs/tags/${name}`)];
  const names = worktrees.map(({ admin }) => basename(admin));
  if (refs.length + names.length > 0) writePrivateFile(leftBehind, textOf({ refs, worktrees: names }));
}

/** An agent that comes back knows all that is there now, but what it had left behind itself. */
export function knowAgain(repository: Repository, files: AgentFiles): void {
  new KnownBefore(repository, readKnown(files.leftBehind)).keepWith(files);
  removeTree(files.leftBehind);
}

/** Not every file system has links, and the agent whose file it was may have been undone. */
function linked(existing: string, path: string): boolean {
  try {
    linkSync(existing, path);
    return true;
  } catch {
    return false;
  }
}

/** A worktree that nobody of ours was given. */
export interface LeftWorktree {
  readonly path: string;
  /** Git's directory of it. */
  readonly admin: string;
  /** `undefined` when its HEAD is detached. */
  readonly branch: string | undefined;
  /** The branch was made since, too. */
  readonly newBranch: boolean;
}

/** What is new in a repository since agents started in it. */
export interface LeftOutside {
  readonly worktrees: readonly LeftWorktree[];
  /** Branches that are in none of these worktrees, and in no other. */
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  /** What stays in the user's list: `stash@{0} (WIP on fix: 1a2b3c4 add a test)`. */
  readonly stashes: readonly string[];
}

/** An agent, and git's directory of its worktree, wherever that is now. */
export interface Leaver {
  readonly entry: AgentEntry;
  readonly admin: string | undefined;
}

/**
 * What was made in a repository while these agents lived, beside their own worktrees: agents have sub-agents that work in worktrees and on
 * branches of their own, and leave them there. What is known to be another's is left out: branches and worktrees of other agents, and
 * branches that were checked out in the main checkout or by another agent. Whose the rest is, nothing tells. It reads git's own files and
 * asks no git.
 */
export function leftOutside(places: StatePlaces, repository: Repository, leavers: readonly Leaver[]): LeftOutside {
  const ended = leavers.map(({ entry }) => entry);
  const before = knownBefore(places, ended);
  const isNew = isNewTo(before.flatMap(({ refs }) => (refs === null || refs === undefined ? [] : [refs])));
  const fresh = (refNames(repository.commonDirectory) ?? []).filter(isNew);
  const worktrees = newWorktrees(repository, ended, before).map((worktree) => ({
    ...worktree,
    newBranch: worktree.branch !== undefined && fresh.includes(`refs/heads/${worktree.branch}`),
  }));
  const own = new Set(worktrees.map(({ branch }) => branch));
  const branches = namesBelow("refs/heads/", fresh).filter((branch) => !own.has(branch));
  return {
    worktrees,
    branches: branches.length === 0 ? [] : withoutOthers(places, repository, ended, branches),
    tags: namesBelow("refs/tags/", fresh),
    stashes: leavers.flatMap((leaver) => stashesOf(repository, leaver)),
  };
}

/** A name is new that was missing when one of them started. */
function isNewTo(lists: readonly (readonly string[])[]): (name: string) => boolean {
  const sets = lists.map((names) => new Set(names));
  return (name) => sets.some((names) => !names.has(name));
}

function namesBelow(prefix: string, refs: readonly string[]): string[] {
  return refs
    .filter((ref) => ref.startsWith(prefix))
    .map((ref) => ref.slice(prefix.length))
    .sort();
}

/** What each of these agents found; nothing of one that an earlier version made. Those of one launch are read once. */
function knownBefore(places: StatePlaces, agents: readonly AgentEntry[]): Partial<Known>[] {
  const files = new Map<number, string>();
  let unknown = false;
  for (const { id } of agents) {
    const { knownBefore: file } = agentFiles(places, id);
    const inode = statSync(file, { throwIfNoEntry: false })?.ino;
    if (inode === undefined) unknown = true;
    else files.set(inode, file);
  }
  return [...[...files.values()].map(readKnown), ...(unknown ? [{}] : [])];
}

function readKnown(file: string): Partial<Known> {
  const { refs, worktrees } = (parsedJson(readTextIfExists(file) ?? "") ?? {}) as Partial<Record<keyof Known, unknown>>;
  return {
    ...(refs === null || isTexts(refs) ? { refs } : {}),
    ...(isTexts(worktrees) ? { worktrees } : {}),
  };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function registrationsIn(commonDirectory: string): string[] {
  const registrations = join(commonDirectory, "worktrees");
  return namesIn(registrations);
}

function newWorktrees(
  { commonDirectory }: Repository,
  ended: readonly AgentEntry[],
  before: readonly Partial<Known>[],
): Omit<LeftWorktree, "newBranch">[] {
  const isNew = isNewTo(before.flatMap(({ worktrees }) => (worktrees === undefined ? [] : [worktrees])));
  // Of an agent that an earlier version made, only the time tells.
  const since = before.some(({ worktrees }) => worktrees === undefined)
    ? Math.min(...ended.map(({ created_at }) => Date.parse(created_at)))
    : Number.POSITIVE_INFINITY;
  return registrationsIn(commonDirectory)
    .map((name) => join(commonDirectory, "worktrees", name))
    .filter((admin) => isNew(basename(admin)) || registeredAt(admin) >= since)
    .filter((admin) => readMark(admin) === undefined)
    .flatMap((admin) => {
      const path = registeredPath(admin);
      if (path === undefined || !isRealDirectory(path)) return [];
      if (ended.some(({ worktree }) => isInside(worktree, path))) return [];
      return [{ path, admin, branch: branchOf(admin) }];
    });
}

/** Git writes this file once, when it makes the worktree. */
function registeredAt(admin: string): number {
  return statSync(join(admin, "commondir"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function branchOf(admin: string): string | undefined {
  return headOf(admin)?.match(/^ref: refs\/heads\/(.+)$/m)?.[1];
}

/** Without the branches that are known to be an agent's, or to have been checked out by somebody else. */
function withoutOthers(
  places: StatePlaces,
  { commonDirectory }: Repository,
  ended: readonly AgentEntry[],
  branches: readonly string[],
): string[] {
  const registered = readRegistry(places);
  const known = new Set([...ended, ...registered, ...readRecords(places)].map(({ branch }) => branch));
  const mine = new Set(ended.map(({ id }) => id));
  // A killed agent that had renamed its branch comes back on that.
  for (const { entry, ending } of endedAgents(places)) {
    if (!mine.has(entry.id) && ending.head_branch !== null) known.add(ending.head_branch);
  }
  const others = registrationsIn(commonDirectory)
    .map((name) => join(commonDirectory, "worktrees", name))
    .filter((admin) => !mine.has(readMark(admin)?.id ?? ""));
  for (const admin of [commonDirectory, ...others]) {
    const current = branchOf(admin);
    if (current !== undefined) known.add(current);
    for (const branch of checkedOutIn(admin)) known.add(branch);
  }
  return branches.filter((branch) => !known.has(branch));
}

/** What was ever checked out in a worktree, as the reflog of its HEAD says: names of branches, and commits. */
export function checkedOutIn(admin: string): string[] {
  const log = readTextIfExists(join(admin, "logs", "HEAD")) ?? "";
  return [...log.matchAll(/\tcheckout: moving from \S+ to (\S+)$/gm)].map(([, name = ""]) => name);
}

/** What was stashed on a branch of the agent's, or on a commit that its HEAD was at, since it started; the list itself is shared by all. */
function stashesOf({ commonDirectory }: Repository, { entry, admin }: Leaver): string[] {
  const list = readTextIfExists(join(commonDirectory, "logs", "refs", "stash"));
  if (list === undefined) return [];
  const since = Date.parse(entry.created_at) / 1000;
  const branches = new Set([entry.branch, ...(admin === undefined ? [] : [branchOf(admin), ...checkedOutIn(admin)])]);
  const commits = admin === undefined ? "" : (readTextIfExists(join(admin, "logs", "HEAD")) ?? "");
  const lines = list.trimEnd().split("\n").reverse();
  return lines.flatMap((line, index) => {
    const [, time = "0", text = ""] = /> (\d+) [+-]\d{4}\t(.*)$/.exec(line) ?? [];
    const [, branch = "", commit] = /^(?:WIP on|On) (.+?): (?:([0-9a-f]{4,64}) )?/.exec(text) ?? [];
    const isOwn =
      branch === "(no branch)" ? commit !== undefined && commits.includes(` ${commit}`) : branches.has(branch);
    return isOwn && Number(time) >= since ? [`stash@{${index}} (${text})`] : [];
  });
}
