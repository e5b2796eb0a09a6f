import { basename, dirname } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { EndedAgent, Ending } from "../../../state/ending.ts";
import { type AgentEntry, withWorktree } from "../../../state/entry.ts";
import { beginOperation, readJournal } from "../../../state/journal.ts";
import { agentFiles } from "../../../state/places.ts";
import { savedRef } from "../../../state/refs.ts";
import { readRegistry, withStateLock } from "../../../state/registry.ts";
import { areOnOneDisk } from "../../../system/disk.ts";
import { exists, makePrivateDirectory, writePrivateFile } from "../../../system/files.ts";
import { branchesAt, createBranchAt } from "../../../system/git/branches.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { claimedOutOfSight } from "../../choose/interrupted.ts";
import { chooseNames, nameKey } from "../../choose/names.ts";
import { freePorts, portsOverlap } from "../../choose/ports.ts";
import { type Fleet, gitAt, lockOptions, settingsFor, statePlaces } from "../../fleet.ts";
import { recordAgents } from "../../record.ts";
import { knowAgain } from "../../worktree/known-before.ts";
import { forgetLfsFiles, returnLfsFiles } from "../../worktree/lfs.ts";
import { isWhole, keepsRefsAlike, setOutlivedAside, trashedOf } from "../../worktree/trash.ts";
import { journalled } from "../journalled.ts";
import { disown } from "../kill/take-along.ts";
import { settleDeadOperations } from "../settle.ts";
import { bringBack } from "./bring-back.ts";
import { finishRestore } from "./finish-restore.ts";
import { rebuild } from "./rebuild.ts";
import { requireBranch, requireItsCommit, requireItsRepository } from "./requirements.ts";
import type { Restoration } from "./restoration.ts";
import { undoRestore } from "./undo.ts";

/** An agent that was brought back. Nothing of it runs yet. */
export interface Restored {
  readonly entry: AgentEntry;
  readonly ending: Ending;
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
      await returnWorktree(fleet, repository, { ended, entry, newBranch });
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

/** The worktree comes out of the trash where all of it is there still; else it is built anew from what git has saved. */
async function returnWorktree(fleet: Fleet, repository: Repository, restoration: Restoration): Promise<void> {
  const { ended, entry } = restoration;
  const trashed = trashedOf(ended.ending);
  const isThere = trashed !== undefined && isWhole(trashed) && keepsRefsAlike(repository, trashed);
  const isTreeGone = trashed !== undefined && !exists(trashed.tree);
  if (isThere) await bringBack(fleet, repository, restoration, trashed);
  else await rebuild(fleet, repository, restoration);
  if (trashed !== undefined && setOutlivedAside(trashed) && isTreeGone) nameAbsent(fleet, entry, trashed.tree);
}

/** What was given up is in the trash with nothing; where git's directory of it is, the files may be as well, on a disk that is away. */
function nameAbsent(fleet: Fleet, { branch }: AgentEntry, tree: string): void {
  const text = `${branch}: its worktree is not at ${tree}, where it was kept: what git had saved is back, what git ignores is not`;
  fleet.report({ kind: "warning", text });
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
