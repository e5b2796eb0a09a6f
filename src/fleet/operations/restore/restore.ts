import { basename, dirname } from "node:path";
import { FleetError } from "../../../errors.ts";
import { awayAgents } from "../../../state/away.ts";
import { byEnd, type EndedAgent, type Ending, endedAgents, whereItIsNow } from "../../../state/ending.ts";
import { type AgentEntry, withWorktree } from "../../../state/entry.ts";
import { beginOperation, readJournal } from "../../../state/journal.ts";
import { otherFleetOf } from "../../../state/marks.ts";
import { agentFiles } from "../../../state/places.ts";
import { savedRef } from "../../../state/refs.ts";
import { readRegistry, withStateLock } from "../../../state/registry.ts";
import { areOnOneDisk } from "../../../system/disk.ts";
import { exists, isRealDirectory, makePrivateDirectory, writePrivateFile } from "../../../system/files.ts";
import { branchesAt, createBranchAt, resolveCommit } from "../../../system/git/branches.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import { type Repository, requireRepository } from "../../../system/git/repository.ts";
import { shellWord } from "../../../system/shell.ts";
import { branchNameProblem, enclosingNames } from "../../choose/branch-names.ts";
import { claimedOutOfSight } from "../../choose/interrupted.ts";
import { chooseNames, nameKey } from "../../choose/names.ts";
import { freePorts, portsOverlap } from "../../choose/ports.ts";
import { type Fleet, gitAt, lockOptions, settingsFor, statePlaces } from "../../fleet.ts";
import { recordAgents } from "../../record.ts";
import { killedIn } from "../../worktree/killed-mark.ts";
import { knowAgain } from "../../worktree/known-before.ts";
import { forgetLfsFiles, returnLfsFiles } from "../../worktree/lfs.ts";
import { isWhole, keepsRefsAlike, setOutlivedAside, trashedOf } from "../../worktree/trash.ts";
import { journalled } from "../journalled.ts";
import { disown } from "../kill/take-along.ts";
import { settleDeadOperations } from "../settle.ts";
import { bringBack } from "./bring-back.ts";
import { finishRestore } from "./finish-restore.ts";
import { rebuild } from "./rebuild.ts";
import { renamedBranch } from "./renamed-branch.ts";
import { undoRestore } from "./undo.ts";

/** An agent that was brought back. Nothing of it runs yet. */
export interface Restored {
  readonly entry: AgentEntry;
  readonly ending: Ending;
}

/**
 * The agents that can be brought back, the last killed first: of one repository, or of all. What the repository itself knows counts where
 * the agent's own files are gone, and where the repository has another place now.
 */
export function restorable(fleet: Fleet, repository: Repository | undefined): EndedAgent[] {
  const places = statePlaces(fleet);
  const elsewhere = awayAgents(places).map(({ entry }) => entry);
  const present = new Set([...readRegistry(places), ...elsewhere].map(({ id }) => id));
  const kept = (repository === undefined ? [] : killedIn(repository)).filter(
    ({ entry, ending }) => ending.admin == null || otherFleetOf(ending.admin.place, entry, places) === undefined,
  );
  const known = endedAgents(places).filter(({ entry }) => repository === undefined || entry.repo === repository.root);
  const byId = new Map([...known, ...kept].map((ended) => [ended.entry.id, ended]));
  const now = [...byId.values()].map(({ entry, ending }) => ({ entry, ending: whereItIsNow(places, ending) }));
  return now.filter(({ entry }) => !present.has(entry.id)).sort((a, b) => byEnd(b.ending, a.ending));
}

/**
 * The agent with this branch, or else the one that had gone on under this name, that was killed last. Throws FleetError `failed` when there
 * is none.
 */
export function endedAgent(fleet: Fleet, branch: string, repository: Repository | undefined): EndedAgent {
  const all = restorable(fleet, repository);
  const ended =
    all.find(({ entry }) => entry.branch === branch) ?? all.find(({ ending }) => ending.head_branch === branch);
  if (ended !== undefined) return ended;
  throw new FleetError("failed", `no killed agent called ${branch} is kept here`, {
    hint:
      all.length === 0
        ? "to see the agents that are there, run fleet list"
        : "to see what can come back, run fleet restore",
  });
}

/** The agents that the last kill command ended, wherever it ended them. Throws FleetError `failed` when there was none. */
export function lastKilled(fleet: Fleet): EndedAgent[] {
  const ended = restorable(fleet, undefined);
  const [last] = ended;
  if (last !== undefined) return ended.filter(({ ending }) => ending.operation === last.ending.operation);
  throw new FleetError("failed", "no killed agent is kept here", {
    hint: "to see the agents that are there, run fleet list",
  });
}

/**
 * Brings back a killed agent: its branch, its worktree with everything as it was (staged, unstaged, untracked, in the middle of a
 * merge), its files and its entry. What was saved stays saved, so a restore can be tried again. With `as` it gets another branch.
 *
 * Throws FleetError `failed` when its branch or its place is taken by something else; nothing is changed then.
 */
export async function restoreAgent(fleet: Fleet, ended: EndedAgent, as: string | undefined): Promise<Restored> {
  await settleDeadOperations(fleet);
  const repository = await requireItsRepository(fleet, ended.entry);
  await requireItsCommit(fleet, repository, ended);
  const newBranch = await requireBranch(fleet, repository, ended, as);
  const places = statePlaces(fleet);
  const { operation, entry } = await withStateLock(places, lockOptions(fleet), async () => {
    requireUnclaimed(fleet, ended.entry, as ?? ended.entry.branch);
    const chosen = renamed(fleet, repository, ended, as ?? ended.entry.branch);
    const new_branches = newBranch ? [chosen.branch] : [];
    const id = crypto.randomUUID().slice(0, 8);
    const plan = { id, kind: "restore", agents: [chosen], new_branches } as const;
    return { operation: await beginOperation(places, plan), entry: chosen };
  });
  let isRegistered = false;
  return journalled(fleet, operation, {
    async body() {
      const trashed = trashedOf(ended.ending);
      const isThere = trashed !== undefined && isWhole(trashed) && keepsRefsAlike(repository, trashed);
      const restoration = { ended, entry, newBranch };
      const isTreeGone = trashed !== undefined && !exists(trashed.tree);
      if (isThere) await bringBack(fleet, repository, restoration, trashed);
      else await rebuild(fleet, repository, restoration);
      if (trashed !== undefined && setOutlivedAside(trashed) && isTreeGone) nameAbsent(fleet, entry, trashed.tree);
      const files = agentFiles(places, entry.id);
      makePrivateDirectory(files.directory);
      writePrivateFile(files.stopped, "");
      knowAgain(repository, files);
      // Before the registry has it: from then on an interrupted restore counts as done.
      await returnBranches(fleet, repository, ended);
      returnLfsFiles(repository.commonDirectory, entry.id);
      await recordAgents(fleet, [entry]);
      isRegistered = true;
      finishRestore(places, entry);
      forgetLfsFiles(repository.commonDirectory, entry.id);
      if (entry.left_by !== undefined) await setFree(fleet, repository, entry);
      return { entry, ending: ended.ending };
    },
    // From the registry on it is there, and what is left to do the next command does.
    async takeBack() {
      if (isRegistered) throw new FleetError("failed", `${entry.branch} is there already`);
      await undoRestore(fleet, entry, newBranch);
    },
  });
}

/** What was given up is in the trash with nothing; where git's directory of it is, the files may be as well, on a disk that is away. */
function nameAbsent(fleet: Fleet, { branch }: AgentEntry, tree: string): void {
  const text = `${branch}: its worktree is not at ${tree}, where it was kept: what git had saved is back, what git ignores is not`;
  fleet.report({ kind: "warning", text });
}

async function requireItsRepository(fleet: Fleet, entry: AgentEntry): Promise<Repository> {
  if (isRealDirectory(entry.repo)) return requireRepository(gitAt(fleet, entry.repo));
  throw new FleetError("failed", `the repository of ${entry.branch} is gone: ${entry.repo}`, { hint: ifMoved(entry) });
}

function ifMoved({ branch }: AgentEntry): string {
  return `if its repository was moved, run fleet -C NEW-PLACE restore ${shellWord(branch)}`;
}

/**
 * Another repository may have taken the place of the one that the agent was killed in: a new clone has what was pushed, but nothing that
 * was saved here.
 */
async function requireItsCommit(fleet: Fleet, { root, commonDirectory }: Repository, { entry, ending }: EndedAgent) {
  const place = gitAt(fleet, commonDirectory);
  const has = async (commit: string) => (await resolveCommit(place, commit)) !== undefined;
  const tree = ending.tree !== null && isRealDirectory(ending.tree) ? ending.tree : undefined;
  const files = tree === undefined ? "" : `; its files are in ${tree}`;
  if (!(await has(ending.head))) {
    const text = `${root} has no commit ${ending.head.slice(0, 7)}, which ${entry.branch} was at${files}`;
    throw new FleetError("failed", text, { hint: ifMoved(entry) });
  }
  if (tree !== undefined || ending.saved === null || (await has(ending.saved))) return;
  throw new FleetError("failed", `${root} has nothing of what was saved of ${entry.branch}`, { hint: ifMoved(entry) });
}

/** A worktree that an agent had left is nobody's again, and all that was saved of it is back. */
async function setFree(fleet: Fleet, { commonDirectory }: Repository, entry: AgentEntry): Promise<void> {
  await git(gitAt(fleet, commonDirectory), [...withoutHooks, "update-ref", "-d", savedRef(entry.id)]);
  await disown(fleet, entry);
}

/** The branches that went with it come back, too; where another one is by now, that one stays. */
async function returnBranches(fleet: Fleet, repository: Repository, { entry, ending }: EndedAgent): Promise<void> {
  const place = gitAt(fleet, repository.commonDirectory);
  const branches = ending.branches ?? [];
  const present = await branchesAt(
    place,
    branches.map(({ name }) => name),
  );
  for (const { name, commit } of branches) {
    const there = present.get(name);
    if (there === undefined) await createBranchAt(place, name, commit);
    else if (there.commit !== commit)
      fleet.report({
        kind: "warning",
        text: `${entry.branch}: the branch ${name} is at another commit, and stays there`,
      });
  }
}

/** Another command may be at it in this moment. The caller holds the state lock. */
function requireUnclaimed(fleet: Fleet, { id, repo }: AgentEntry, branch: string): void {
  const places = statePlaces(fleet);
  const operations = readJournal(places);
  const others = [...readRegistry(places), ...operations.flatMap(({ agents }) => agents)];
  if (others.every((other) => other.id !== id && (other.repo !== repo || other.branch !== branch))) return;
  const interrupted = claimedOutOfSight(operations, branch, repo);
  if (interrupted !== undefined) throw interrupted;
  throw new FleetError("failed", `${branch} is there already, or another fleet command is at it`, {
    hint: "to see it, run fleet list",
  });
}

/** Whether the branch has to be made; throws when the one that is there is not as it was, or is in use. */
async function requireBranch(
  fleet: Fleet,
  repository: Repository,
  ended: EndedAgent,
  as: string | undefined,
): Promise<boolean> {
  const { entry, ending } = ended;
  const name = as ?? entry.branch;
  const other = `to bring it back on another branch, run fleet restore ${shellWord(entry.branch)} --as NAME`;
  const problem = branchNameProblem(name);
  if (problem !== undefined)
    throw new FleetError("usage", `git does not accept ${JSON.stringify(name)} as a branch name: ${problem}`);
  if (readRegistry(statePlaces(fleet)).some((present) => present.repo === entry.repo && present.branch === name)) {
    throw new FleetError("failed", `${name} has an agent`, { hint: other });
  }
  const found = await branchesAt(gitAt(fleet, repository.commonDirectory), [name, ...enclosingNames(name)]);
  const around = withInProgress(repository, found);
  const branch = around.get(name);
  if (branch === undefined && as === undefined && (await renamedBranch(fleet, repository, ended)) !== undefined)
    return false;
  const [inTheWay] = [...around.keys()].filter((each) => each.startsWith(`${name}/`) || name.startsWith(`${each}/`));
  if (branch === undefined && inTheWay !== undefined)
    throw new FleetError("failed", `git cannot keep a branch ${name} beside the branch ${inTheWay}`, { hint: other });
  if (branch === undefined) return true;
  if (as !== undefined) throw new FleetError("failed", `the branch ${name} exists already`, { hint: other });
  if (branch.worktree !== undefined) {
    throw new FleetError("failed", `the branch ${name} is checked out in ${branch.worktree}`, { hint: other });
  }
  if (ending.head_branch === name && branch.commit !== ending.head) {
    throw new FleetError("failed", `the branch ${name} has moved since the agent was killed`, { hint: other });
  }
  return false;
}

/** The entry as it was, with names that are free now. */
function renamed(fleet: Fleet, repository: Repository, { entry, ending }: EndedAgent, branch: string): AgentEntry {
  const places = statePlaces(fleet);
  // The worktrees may have another place by now, to which no rename leads.
  const isNear = ending.tree === null || !exists(ending.tree) || areOnOneDisk(ending.tree, places.worktreeRoot);
  const root = isNear ? places.worktreeRoot : dirname(ending.tree);
  const operations = readJournal(places);
  const others = [...readRegistry(places), ...operations.flatMap(({ agents }) => agents)];
  const taken = {
    directories: new Set(others.map(({ worktree }) => nameKey(basename(worktree)))),
    sessions: new Set(others.map(({ session }) => nameKey(session))),
  };
  const sessionPrefix = settingsFor(fleet, repository.root).tmux_prefix;
  const names = chooseNames({ branch, id: entry.id, sessionPrefix, repository: repository.root }, taken);
  const worktree = `${root}/${names.directory}`;
  const elsewhere = exists(worktree) ? `${root}/${names.directory}-${entry.id}` : worktree;
  const free = entry.left_by === undefined ? elsewhere : besides(entry);
  const moved = withWorktree(entry, free, new Date());
  return { ...withFreePorts(fleet, moved, others), branch, session: names.session, pid: null };
}

/** What an agent had left comes back where it was, or beside that. */
function besides({ worktree, id }: AgentEntry): string {
  return exists(worktree) ? `${worktree}-${id}` : worktree;
}

/** The ports it had, unless another agent was given some of them meanwhile. */
function withFreePorts(fleet: Fleet, entry: AgentEntry, others: readonly AgentEntry[]): AgentEntry {
  if (!others.some((other) => portsOverlap(other, entry))) return entry;
  const { port, port_count, ...portless } = entry;
  return { ...portless, ...freePorts(fleet.settings.config.ports_per_agent, others) };
}
