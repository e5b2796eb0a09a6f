import { join } from "node:path";
import { asRefusal } from "../../../errors.ts";
import { type EndedBranch, writeEnding } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { beginOperation } from "../../../state/journal.ts";
import { readMark, removeMark } from "../../../state/marks.ts";
import { agentFiles } from "../../../state/places.ts";
import { childrenRef } from "../../../state/refs.ts";
import { readRegistry } from "../../../state/registry.ts";
import { isInside, isRealDirectory, namesIn, readTextIfExists, realPath, removeAtOnce } from "../../../system/files.ts";
import { branchesAt, deleteBranchAt } from "../../../system/git/branches.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import { objectsNamedBy, tipsAmong } from "../../../system/git/pins.ts";
import { discoverRepository, type Repository, requireRepository } from "../../../system/git/repository.ts";
import { keepingCommit } from "../../../system/git/snapshot.ts";
import { adminDirectory, isRegistered, lockReason } from "../../../system/git/worktrees.ts";
import { withLock } from "../../../system/lock.ts";
import { mountsBelow } from "../../../system/mounts.ts";
import { workingDirectoryOf } from "../../../system/processes/proc.ts";
import { processIds } from "../../../system/processes/table.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { forgetAgents, recordAgents } from "../../record.ts";
import type { Observation } from "../../watch/observe.ts";
import { cautiousKill } from "../../worktree/kill-options.ts";
import { markKilled } from "../../worktree/killed-mark.ts";
import {
  checkedOutIn,
  type LeftOutside,
  type LeftWorktree,
  leftOutside,
  wasRenamed,
} from "../../worktree/left-outside.ts";
import { markWorktree } from "../../worktree/ownership.ts";
import { finishKills } from "./finish-kill.ts";
import { nameLeft } from "./name-left.ts";
import type { Ended, KillResult, TakenAlong } from "./result.ts";

/**
 * Which agent holds the lock of a worktree that nobody of ours was given, by git's directory of it: agents lock the worktrees of their own
 * agents with their process id. To be asked while they live.
 */
export function lockHolders(observations: readonly Observation[]): ReadonlyMap<string, string> {
  const holders = new Map<string, string>();
  for (const [root, agents] of Map.groupBy(observations, ({ entry }) => entry.repo)) {
    const pids = new Map(
      agents.flatMap(({ entry, processes }) => [
        ...processes.map(({ pid }) => [pid, entry.id] as const),
        ...(entry.pid === null ? [] : [[entry.pid, entry.id] as const]),
      ]),
    );
    for (const common of [join(root, ".git"), root]) {
      const registrations = join(common, "worktrees");
      for (const name of namesIn(registrations)) {
        const reason = readTextIfExists(join(registrations, name, "locked")) ?? "";
        const holder = pids.get(Number(/\bpid[ :=]*(\d+)\b/i.exec(reason)?.[1] ?? Number.NaN));
        if (holder !== undefined) holders.set(join(registrations, name), holder);
      }
    }
  }
  return holders;
}

/** The worktrees and branches that might be taken along with these agents, as they would be named. */
export async function madeOutside(fleet: Fleet, entries: readonly AgentEntry[]): Promise<string[]> {
  const found: string[] = [];
  for (const [root, agents] of Map.groupBy(entries, ({ repo }) => repo)) {
    found.push(...(await mayGoAlong(fleet, root, agents)));
  }
  return found;
}

/** What cannot be read is named by the kill itself. */
async function mayGoAlong(fleet: Fleet, root: string, agents: readonly AgentEntry[]): Promise<string[]> {
  try {
    const repository = isRealDirectory(root) ? await discoverRepository(gitAt(fleet, root)) : undefined;
    if (repository === undefined) return [];
    const leavers = agents.map((entry) => ({ entry, admin: adminDirectory(entry.worktree) }));
    const { worktrees, branches } = await leftOutside(fleet, repository, leavers);
    const made = branches.filter((name) => !wasRenamed(repository, name));
    return [...worktrees.map(({ path }) => `the worktree ${path}`), ...made.map((name) => `the branch ${name}`)];
  } catch (error) {
    if (asRefusal(error) === undefined || fleet.cancelled.aborted) throw error;
    return [];
  }
}

/**
 * Takes along what agents that have just been killed had made in their repositories beside their own worktrees: worktrees on branches of
 * their own go as agents do, and come back as they do; branches are kept alive and come back with the agent. What may be somebody else's
 * is named and left alone: while other agents work in the repository, only what is proven to be of these goes.
 */
export async function takeAlong(
  fleet: Fleet,
  operation: string,
  ended: readonly Ended[],
  holders: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, TakenAlong>> {
  const taken = new Map<string, TakenAlong>();
  for (const [root, agents] of Map.groupBy(ended, ({ entry }) => entry.repo)) {
    const [first] = agents;
    if (first?.left === undefined || !isRealDirectory(root)) continue;
    taken.set(first.entry.id, await takeAlongIn({ fleet, operation, holders, root }, agents, first.left));
  }
  return taken;
}

/** One kill, in one repository. */
interface Taking {
  readonly fleet: Fleet;
  readonly operation: string;
  readonly holders: ReadonlyMap<string, string>;
  readonly root: string;
}

async function takeAlongIn(taking: Taking, agents: readonly Ended[], left: LeftOutside): Promise<TakenAlong> {
  const { fleet, operation, root } = taking;
  const repository = await requireRepository(gitAt(fleet, root));
  const alone = readRegistry(statePlaces(fleet)).every(({ repo }) => repo !== root);
  const children = await goingWorktrees(taking, agents, left, alone);
  const worktrees = children.length === 0 ? [] : await endChildren(fleet, operation, children);
  const wanted = alone ? left.branches : provenBranches(agents, left);
  const made = wanted.filter((branch) => !wasRenamed(repository, branch));
  const branches = await takeBranches(fleet, repository, agents, made);
  const gone = new Set(worktrees.filter((result) => result.ended).map(({ entry }) => entry.worktree));
  nameLeft(fleet, repository, {
    ...left,
    worktrees: left.worktrees.filter(({ path }) => !gone.has(path)),
    branches: left.branches.filter((branch) => !branches.includes(branch)),
  });
  return { worktrees, branches };
}

/** The worktrees that may go, each as an entry of its own. */
async function goingWorktrees(
  { holders }: Taking,
  agents: readonly Ended[],
  { worktrees }: LeftOutside,
  alone: boolean,
): Promise<AgentEntry[]> {
  const owners = new Map(agents.map(({ entry }) => [entry.id, entry]));
  const directories = worktrees.length === 0 ? [] : await workingDirectories();
  return worktrees.flatMap((worktree) => {
    const owner = owners.get(holders.get(worktree.admin) ?? "") ?? (alone ? agents[0]?.entry : undefined);
    return owner === undefined || !mayGo(worktree, directories) ? [] : [childEntry(owner, worktree)];
  });
}

/** What the agents themselves have had checked out, as the reflogs of their HEADs say. */
function provenBranches(agents: readonly Ended[], { branches }: LeftOutside): string[] {
  const known = new Set(agents.flatMap(({ ending }) => (ending.admin == null ? [] : checkedOutIn(ending.admin.place))));
  return branches.filter((branch) => known.has(branch));
}

/** A worktree goes that is on a branch, that nobody holds, and in which nothing works or is mounted. */
function mayGo({ path, admin, branch }: LeftWorktree, directories: readonly string[]): boolean {
  const real = realPath(path);
  return (
    branch !== undefined &&
    real !== undefined &&
    isRegistered(path, admin) &&
    lockReason(admin) === undefined &&
    mountsBelow(path).length === 0 &&
    directories.every((directory) => directory !== real && !isInside(real, directory))
  );
}

async function workingDirectories(): Promise<string[]> {
  return (await processIds()).flatMap((pid) => workingDirectoryOf(pid) ?? []);
}

function childEntry(owner: AgentEntry, { path, admin, branch = "", newBranch }: LeftWorktree): AgentEntry {
  const { v, batch_id, agent, created_at, repo, socket, sandbox } = owner;
  const id = crypto.randomUUID().slice(0, 8);
  // The first line of its reflog has what it was made from.
  const base = /^\S+ (\S+) /.exec(readTextIfExists(join(admin, "logs", "HEAD")) ?? "")?.[1] ?? owner.base;
  return {
    v,
    id,
    branch,
    worktree: path,
    session: `left-by-${owner.id}-${id}`,
    pid: null,
    batch_id,
    agent,
    created_at,
    repo,
    base,
    adopted: !newBranch,
    socket,
    agent_session: null,
    prompt: "",
    left_by: owner.id,
    ...(sandbox === undefined ? {} : { sandbox }),
  };
}

/** Ends them as agents are ended: journalled, and each of them is one of ours for as long as that takes. */
async function endChildren(fleet: Fleet, operation: string, children: readonly AgentEntry[]): Promise<KillResult[]> {
  const places = statePlaces(fleet);
  await beginOperation(places, { id: operation, kind: "kill", agents: children, new_branches: [] });
  await recordAgents(fleet, children);
  for (const child of children) markWorktree(fleet, child);
  const [made, found] = [children.filter(({ adopted }) => !adopted), children.filter(({ adopted }) => adopted)];
  const results = [
    ...(made.length === 0 ? [] : await finishKills(fleet, operation, made, { ...cautiousKill, branch: "delete" })),
    ...(found.length === 0 ? [] : await finishKills(fleet, operation, found, cautiousKill)),
  ];
  await disownKept(fleet, results);
  return results;
}

/** What could not go is no agent's any more, as it was before. */
export async function disownKept(fleet: Fleet, results: readonly KillResult[]): Promise<void> {
  const kept = results.filter(({ ended, entry }) => !ended && entry.left_by !== undefined);
  for (const { entry } of kept) await disown(fleet, entry);
}

/** A worktree that an agent had left is again one that is nobody's. */
export async function disown(fleet: Fleet, entry: AgentEntry): Promise<void> {
  const admin = adminDirectory(entry.worktree);
  if (admin !== undefined && readMark(admin)?.id === entry.id) removeMark(admin);
  await forgetAgents(fleet, [entry.id]);
  removeAtOnce(agentFiles(statePlaces(fleet), entry.id).directory);
}

/** Deletes branches that are in no worktree, after all that they and their reflogs hold is kept alive; the agent's ending names them. */
async function takeBranches(
  fleet: Fleet,
  repository: Repository,
  agents: readonly Ended[],
  names: readonly string[],
): Promise<string[]> {
  const [agent] = agents;
  const heads = new Set(agents.map(({ ending }) => ending.head_branch));
  const wanted = names.filter((name) => !heads.has(name));
  if (agent === undefined || wanted.length === 0) return [];
  const { entry, ending } = agent;
  const common = gitAt(fleet, repository.commonDirectory);
  return withLock(repositoryLock(repository.commonDirectory), { ...lockOptions(fleet), insists: true }, async () => {
    const found = withInProgress(repository, await branchesAt(common, wanted));
    const branches = wanted.flatMap((name): EndedBranch[] => {
      const branch = found.get(name);
      return branch === undefined || branch.worktree !== undefined ? [] : [{ name, commit: branch.commit }];
    });
    if (branches.length === 0) return [];
    const tips = branches.map(({ commit }) => commit);
    const logs = branches.map(({ name }) => join(repository.commonDirectory, "logs", "refs", "heads", name));
    const logged = logs.flatMap((log) => objectsNamedBy([], log));
    const lost = await tipsAmong(common, logged, tips);
    const message = `${entry.branch}: branches that the agent ${entry.id} had made\n`;
    const kept = await keepingCommit(common, [...new Set([...tips, ...lost])], message);
    await git(common, [...withoutHooks, "update-ref", childrenRef(entry.id), kept]);
    const noted = { ...ending, branches };
    writeEnding(statePlaces(fleet), entry.id, noted);
    if (ending.admin != null && isRealDirectory(ending.admin.place))
      markKilled(ending.admin.place, { entry, ending: noted });
    const deleted = await Promise.all(branches.map(({ name, commit }) => deleteBranchAt(common, name, commit)));
    return branches.filter((_, index) => deleted[index]).map(({ name }) => name);
  });
}
