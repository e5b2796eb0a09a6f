import { statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { endedAgents } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readMark } from "../../state/marks.ts";
import { agentFiles, keptAdmin, type StatePlaces } from "../../state/places.ts";
import { readRecords } from "../../state/records.ts";
import { readRegistry } from "../../state/registry.ts";
import { isInside, isRealDirectory, namesIn, readTextIfExists } from "../../system/files.ts";
import { branchReflog, formerNames } from "../../system/git/branch-reflogs.ts";
import { branchesAndTags, otherRefs, stashes } from "../../system/git/ref-names.ts";
import { headOf } from "../../system/git/reftable.ts";
import type { Repository } from "../../system/git/repository.ts";
import { registeredPath } from "../../system/git/worktrees.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { type FormerRefs, formerRefs, nothingFormer } from "./former-refs.ts";
import { killedIn } from "./killed-mark.ts";
import { type Known, keepLeft, knownBefore, registrationsIn } from "./known-before.ts";
import { changesSince } from "./left-changes.ts";
import { type LeftSettings, leftSettings } from "./left-settings.ts";

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
export interface LeftOutside extends FormerRefs, LeftSettings {
  readonly worktrees: readonly LeftWorktree[];
  /** Branches that are in none of these worktrees, and in no other. */
  readonly branches: readonly string[];
  readonly tags: readonly string[];
  /** What stays in the user's list: `stash@{0} (WIP on fix: 1a2b3c4 add a test)`. */
  readonly stashes: readonly string[];
  /** The full names of others, such as notes. */
  readonly refs: readonly string[];
}

/** Where nothing was made. */
export const nothingLeft: LeftOutside = {
  ...{ worktrees: [], branches: [], tags: [], stashes: [], refs: [] },
  ...nothingFormer,
  ...{ remotes: [], settings: [], changed_settings: [], files: [], changed_files: [] },
};

/** An agent, and git's directory of its worktree, wherever that is now. */
export interface Leaver {
  readonly entry: AgentEntry;
  readonly admin: string | undefined;
}

/**
 * What was made in a repository while these agents lived, beside their own worktrees, and what went: agents have sub-agents that work in
 * worktrees and on branches of their own, and leave them there. What is known to be another's is left out: branches and worktrees of other
 * agents, and branches that were checked out in the main checkout or by another agent. Whose the rest is, nothing tells: settings, hooks
 * and refs are shared by all agents of the repository and its user. It reads git's own files; git is asked only where something went.
 */
export async function leftOutside(
  fleet: Fleet,
  repository: Repository,
  leavers: readonly Leaver[],
): Promise<LeftOutside> {
  const { commonDirectory, root } = repository;
  const places = statePlaces(fleet);
  const ended = leavers.map(({ entry }) => entry);
  const before = knownBefore(places, ended);
  const now = {
    refs: branchesAndTags(commonDirectory) ?? null,
    other_refs: otherRefs(commonDirectory) ?? null,
    stashes: stashes(commonDirectory) ?? null,
  };
  const { made: fresh } = changesSince(
    before.map(({ refs }) => refs),
    now.refs,
  );
  const newBranches = namesBelow("refs/heads/", fresh);
  const worktrees = newWorktrees(repository, ended, before).map((worktree) => ({
    ...worktree,
    newBranch: newBranches.some((branch) => branch === worktree.branch && !wasRenamed(repository, branch)),
  }));
  const own = new Set(worktrees.map(({ branch }) => branch));
  const branches = newBranches.filter((branch) => !own.has(branch));
  const { made: refs } = changesSince(
    before.map(({ other_refs }) => other_refs),
    now.other_refs,
  );
  return {
    worktrees,
    branches: branches.length === 0 ? [] : withoutOthers(places, repository, ended, branches),
    tags: namesBelow("refs/tags/", fresh),
    stashes: leavers.flatMap((leaver) => stashesOf(repository, leaver)),
    refs,
    ...(await formerRefs(gitAt(fleet, root), before, now, {
      commonDirectory,
      admins: () => [
        commonDirectory,
        ...registrationsIn(commonDirectory).map((name) => join(commonDirectory, "worktrees", name)),
        ...leavers.flatMap(({ admin }) => admin ?? []),
      ],
      ofAgents: () => passingBranches(places, repository, ended),
    })),
    ...leftSettings(commonDirectory, before, () => agentBranches(places, ended)),
  };
}

/** Keeps with each of these agents what they left, so that it is still theirs when they come back. */
export function keepLeftBehind(places: StatePlaces, ended: readonly AgentEntry[], outside: LeftOutside): void {
  const { worktrees, branches, tags, refs, remotes, settings, files } = outside;
  const wasNot = (names: readonly string[]) => names.map((name): [string, null] => [name, null]);
  const wasOther = (names: readonly string[]) => names.map((name): [string, string] => [name, ""]);
  const former = [...outside.changed_refs, ...outside.deleted_refs].map(({ ref, object }) => [ref, object] as const);
  const isBranchOrTag = (ref: string) => /^refs\/(?:heads|tags)\//.test(ref);
  const left = {
    refs: Object.fromEntries([
      ...wasNot([...branches.map((name) => `refs/heads/${name}`), ...tags.map((name) => `refs/tags/${name}`)]),
      ...former.filter(([ref]) => isBranchOrTag(ref)),
    ]),
    other_refs: Object.fromEntries([...wasNot(refs), ...former.filter(([ref]) => !isBranchOrTag(ref))]),
    stashes: Object.fromEntries(outside.dropped_stashes.map(({ object, message }) => [object, message])),
    worktrees: worktrees.map(({ admin }) => basename(admin)),
    settings: Object.fromEntries([
      ...wasNot([...settings, ...remotes.flatMap((remote) => remote.settings)]),
      ...wasOther(outside.changed_settings),
    ]),
    files: Object.fromEntries([...wasNot(files), ...wasOther(outside.changed_files)]),
  };
  for (const { id } of ended) keepLeft(agentFiles(places, id), left);
}

function namesBelow(prefix: string, refs: readonly string[]): string[] {
  return refs.filter((ref) => ref.startsWith(prefix)).map((ref) => ref.slice(prefix.length));
}

function newWorktrees(
  { commonDirectory }: Repository,
  ended: readonly AgentEntry[],
  before: readonly Partial<Known>[],
): Omit<LeftWorktree, "newBranch">[] {
  const isNew = (name: string) => before.some(({ worktrees }) => worktrees?.includes(name) === false);
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

/** Whether a branch had another name before, and so may be one that was there. */
export function wasRenamed({ commonDirectory }: Repository, branch: string): boolean {
  return formerNames(branchReflog(commonDirectory, branch) ?? "").length > 0;
}

/** Without the branches that are known to be an agent's, or to have been checked out by somebody else. */
function withoutOthers(
  places: StatePlaces,
  { commonDirectory }: Repository,
  ended: readonly AgentEntry[],
  branches: readonly string[],
): string[] {
  const known = agentBranches(places, ended);
  const mine = new Set(ended.map(({ id }) => id));
  const registered = registrationsIn(commonDirectory).map((name) => join(commonDirectory, "worktrees", name));
  // Those of killed agents, of other fleets too, are in the trash for a while, with all that lay in their worktrees.
  const trash = dirname(keptAdmin(commonDirectory, "any"));
  const killed = namesIn(trash).filter((name) => ended.every(({ id }) => !name.startsWith(id)));
  const others = [...registered, ...killed.map((name) => join(trash, name))].filter(
    (admin) => !mine.has(readMark(admin)?.id ?? ""),
  );
  for (const admin of [commonDirectory, ...others]) {
    for (const branch of [branchOf(admin), readMark(admin)?.branch]) if (branch !== undefined) known.add(branch);
    for (const branch of checkedOutIn(admin)) known.add(branch);
  }
  return branches.filter((branch) => !known.has(branch));
}

/** The branches that are known to be an agent's. */
function agentBranches(places: StatePlaces, ended: readonly AgentEntry[]): Set<string> {
  const entries = [...ended, ...readRegistry(places), ...readRecords(places)];
  const known = new Set(entries.map(({ branch }) => branch));
  const mine = new Set(ended.map(({ id }) => id));
  // A killed agent that had renamed its branch comes back on that.
  for (const { entry, ending } of endedAgents(places)) {
    if (!mine.has(entry.id) && ending.head_branch !== null) known.add(ending.head_branch);
  }
  return known;
}

/** The branches that come and go with the agents of a repository. One that was there before its agent goes only where the user said so. */
function passingBranches(places: StatePlaces, repository: Repository, ended: readonly AgentEntry[]): Set<string> {
  const isHere = ({ repo }: AgentEntry) => repo === repository.root;
  // Those of other fleets are known while they are in the trash.
  const killed = [...endedAgents(places).filter(({ entry }) => isHere(entry)), ...killedIn(repository)];
  const deleted = new Set(killed.flatMap(({ entry, ending }) => (ending.branch_choice === "delete" ? [entry.id] : [])));
  const known = [...ended, ...readRegistry(places), ...readRecords(places)].filter(isHere);
  const entries = [...known, ...killed.map(({ entry }) => entry)];
  const passing = entries.filter(({ id, adopted }) => !adopted || deleted.has(id)).map(({ branch }) => branch);
  return new Set([...passing, ...killed.flatMap(({ ending }) => ending.branches?.map(({ name }) => name) ?? [])]);
}

/** What was ever checked out in a worktree, as the reflog of its HEAD says: names of branches, and commits. */
export function checkedOutIn(admin: string): string[] {
  const log = readTextIfExists(join(admin, "logs", "HEAD")) ?? "";
  const checkedOut = log.matchAll(/\t(?:checkout: moving from \S+ to |Branch: renamed \S+ to refs\/heads\/)(\S+)$/gm);
  return [...checkedOut].map(([, name = ""]) => name);
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
