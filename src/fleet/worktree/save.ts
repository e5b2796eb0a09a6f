import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { memoryBytes } from "../../model/sandbox.ts";
import { type Amount, type Ending, readEnding, writeEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { savedRef } from "../../state/refs.ts";
import { steadyNow } from "../../state/steady-clock.ts";
import {
  exists,
  isFile,
  isRealDirectory,
  makePrivateDirectory,
  readTextIfExists,
  removeTree,
  replaceFile,
} from "../../system/files.ts";
import { branchesAt, resolveCommit } from "../../system/git/branches.ts";
import { type GitPlace, git, withoutHooks } from "../../system/git/command.ts";
import { operationInProgress } from "../../system/git/in-progress.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import { objectsNamedBy, tipsAmong } from "../../system/git/pins.ts";
import { objectsInTables } from "../../system/git/reftable.ts";
import type { Repository } from "../../system/git/repository.ts";
import { keepingCommit, takeSnapshot } from "../../system/git/snapshot.ts";
import { type ChangedPath, changesFromHead } from "../../system/git/status.ts";
import { adminDirectory, checkedOutBranch } from "../../system/git/worktrees.ts";
import { type Fleet, gitAt, gitIn, statePlaces } from "../fleet.ts";
import { outermostWorktree, requireNoAgentInside } from "./agents-inside.ts";
import { commitOwnWork } from "./commit-unsaved.ts";
import { isOwnFile } from "./credentials/give.ts";
import { readCopies } from "./credentials/note.ts";
import { hiddenByUs } from "./hidden-by-us.ts";
import type { KillOptions } from "./kill-options.ts";
import { keptBranchLog, markKilled } from "./killed-mark.ts";
import { keepLfsFiles } from "./lfs.ts";
import { divided } from "./save-limit.ts";
import { setRoomAside } from "./set-aside.ts";
import { planTrash } from "./trash.ts";

interface Killing {
  /** The id of the kill command. */
  readonly operation: string;
  readonly running: boolean;
}

/**
 * Saves everything of an agent's worktree that its branch does not hold, and writes down where it is: the step that must have
 * succeeded before the worktree is touched. Throws FleetError when it cannot be saved.
 */
export async function saveWork(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  { operation, running, options }: Killing & { readonly options: KillOptions },
): Promise<Ending> {
  const places = statePlaces(fleet);
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `${entry.worktree} is not a worktree of git any more`);
  await requireOwnWorkTree(gitIn(fleet, entry));
  if (options.commitMessage !== undefined) await commitOwnWork(fleet, repository, entry, options.commitMessage);
  const work = await workIn(fleet, repository, entry, { admin, patience: options.patienceMilliseconds });
  const files = agentFiles(places, entry.id);
  makePrivateDirectory(files.directory);
  const steady = steadyNow(places);
  const saved = await keepWork(fleet, repository, entry, { work, branchGoes: options.branch === "delete" });
  keepBranchLog(branchLog(repository, entry), admin);
  const ending: Ending = {
    v: 1,
    operation,
    ended_at: new Date().toISOString(),
    ...(steady === undefined ? {} : { steady }),
    ...endingOf(work),
    saved,
    whole_until: new Date(Date.now() + fleet.settings.config.keep_trees * 1000).toISOString(),
    running,
    files: keepChangedCopies(fleet, admin, entry),
    ...choiceOf(options),
  };
  removeTree(files.environment);
  // The agent's own files may have been cleaned away while it lived.
  if (!exists(files.record)) replaceFile(files.record, `${JSON.stringify(entry, null, 2)}\n`);
  markKilled(admin, { entry, ending });
  writeEnding(places, entry.id, ending);
  setRoomAside(files);
  return ending;
}

/** What there is of an agent's work in its worktree, and what only git's directory of that knows. */
interface Work {
  readonly admin: string;
  readonly trashed: ReturnType<typeof planTrash>;
  readonly head: string;
  readonly isUnborn: boolean;
  /** The branch that is checked out, if any is. */
  readonly branch: string | undefined;
  readonly changes: readonly ChangedPath[];
  /** Of the changes those that a snapshot can and may hold, and how much it leaves out. */
  readonly held: readonly ChangedPath[];
  readonly unheld: Amount;
  /** Commits and objects that neither HEAD nor the base reaches. */
  readonly tips: readonly string[];
}

async function workIn(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  { admin, patience }: { readonly admin: string; readonly patience: number | undefined },
): Promise<Work> {
  const place = gitIn(fleet, entry);
  const common = gitAt(fleet, repository.commonDirectory);
  const places = statePlaces(fleet);
  const trashed = planTrash(repository, entry, { admin, beside: outermostWorktree(places, entry) });
  requireNoAgentInside(places, repository, trashed);
  const { head: born, changes: seen } = await changesFromHead({ ...place, cancelled: fleet.cancelled }, patience);
  const changes = [...seen, ...(await hiddenByUs(repository, place, admin))];
  // A branch that somebody deleted, or that has no commit yet: what HEAD was at before is what the agent has.
  const head = born ?? (await lastOf(place, admin)) ?? entry.base;
  const admins = [admin, ...trashed.inner.map(({ name }) => join(repository.commonDirectory, "worktrees", name))];
  const inTables = await objectsInTables(place, admin, entry.branch);
  const named = [...new Set([...objectsNamedBy(admins, branchLog(repository, entry)), ...inTables])];
  return {
    admin,
    trashed,
    head,
    isUnborn: born === undefined,
    branch: checkedOutBranch(entry.worktree),
    changes,
    ...divided(changes, entry.worktree, memoryBytes(fleet.settings.config.save_limit)),
    tips: await tipsAmong(common, named, [...new Set([head, entry.base])]),
  };
}

/** Has git keep what there is, and returns the snapshot of it; `null` where none was needed. */
async function keepWork(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  { work, branchGoes }: { readonly work: Work; readonly branchGoes: boolean },
): Promise<string | null> {
  const { admin, head, branch, changes, held, tips } = work;
  const common = gitAt(fleet, repository.commonDirectory);
  const isAsCommitted = changes.length === 0 && operationInProgress(admin) === undefined;
  if (!isAsCommitted || branch !== entry.branch || branchGoes) {
    const saved = await takeSnapshot({
      place: gitIn(fleet, entry),
      admin,
      keep: tips,
      changes: held,
      scratchIndex: join(agentFiles(statePlaces(fleet), entry.id).directory, `index-${process.pid}`),
      message: `${entry.branch}: unsaved work of the agent ${entry.id}\n`,
    });
    await keep(common, repository, entry, saved);
    return saved;
  }
  if (tips.length > 0 || head !== entry.base) {
    // What is in no file of the worktree, and only it knows: gc must not take it while it can be brought back.
    const message = `${entry.branch}: what the agent ${entry.id} had left behind\n`;
    const kept = tips.length === 0 ? head : await keepingCommit(common, [head, ...tips], message);
    await keep(common, repository, entry, kept);
  }
  return null;
}

function endingOf({ head, isUnborn, branch, changes, held, unheld, trashed }: Work) {
  return {
    head,
    head_branch: branch ?? null,
    ...(isUnborn ? { unborn: true } : {}),
    unsaved: changes.filter(({ absent }) => !absent).length,
    tree: trashed.tree,
    admin: trashed.admin,
    inner: trashed.inner,
    partial: held.length < changes.length,
    ...(unheld.files === 0 ? {} : { unheld }),
  };
}

function branchLog({ commonDirectory }: Repository, { branch }: AgentEntry): string {
  return join(commonDirectory, "logs", "refs", "heads", branch);
}

function choiceOf({ branch, isChoiceLost }: KillOptions): Pick<Ending, "branch_choice"> {
  return isChoiceLost === true ? {} : { branch_choice: branch };
}

/** Keeps a commit alive, with all that it needs. */
async function keep(place: GitPlace, { commonDirectory }: Repository, { id, branch }: AgentEntry, commit: string) {
  await git(place, [...withoutHooks, "update-ref", savedRef(id), commit]);
  await keepLfsFiles(place, commonDirectory, { id, branch, commit });
}

/** The last commit that HEAD of a worktree was at, as its reflog says, if that is there. */
async function lastOf(place: GitPlace, admin: string): Promise<string | undefined> {
  const log = readTextIfExists(join(admin, "logs", "HEAD")) ?? "";
  const [, last] = /^\S+ ([0-9a-f]{40,64}) /.exec(log.trimEnd().split("\n").at(-1) ?? "") ?? [];
  return last === undefined ? undefined : resolveCommit(place, last);
}

/** The reflog of the branch goes with the branch; beside git's directory of the worktree it lives on with that. */
function keepBranchLog(log: string, admin: string): void {
  // Where there is no such branch any more, there may be a directory of others.
  const text = isFile(log) ? readTextIfExists(log) : undefined;
  if (text !== undefined) replaceFile(join(admin, keptBranchLog), text);
}

/** Notes the end of an agent whose worktree is gone already: what can be brought back is its branch, if its repository is there. */
export async function noteEnding(
  fleet: Fleet,
  repository: Repository | undefined,
  entry: AgentEntry,
  { operation, running }: Killing,
): Promise<Ending> {
  const known = readEnding(statePlaces(fleet), entry.id);
  if (known !== undefined) return known;
  const tip =
    repository === undefined ? undefined : await tipOf(gitAt(fleet, repository.commonDirectory), entry.branch);
  const ending: Ending = {
    v: 1,
    operation,
    ended_at: new Date().toISOString(),
    head: tip ?? entry.base,
    head_branch: entry.branch,
    unsaved: 0,
    saved: null,
    tree: null,
    admin: null,
    inner: [],
    partial: false,
    running,
    files: [],
  };
  const { directory, environment } = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(directory);
  removeTree(environment);
  writeEnding(statePlaces(fleet), entry.id, ending);
  return ending;
}

async function tipOf(place: GitPlace, branch: string): Promise<string | undefined> {
  return (await branchesAt(place, [branch])).get(branch)?.commit;
}

/** Files that were copied in from the main checkout and changed since are in no commit, because git ignores them. */
function keepChangedCopies(fleet: Fleet, admin: string, entry: AgentEntry): string[] {
  const { keptFiles } = agentFiles(statePlaces(fleet), entry.id);
  const changed = readCopies(admin).copied.filter((file) => {
    if (!isOwnFile(file, entry.worktree)) return false;
    const copy = join(entry.worktree, file);
    const original = join(entry.repo, file);
    return !exists(original) || !readFileSync(copy).equals(readFileSync(original));
  });
  for (const file of changed) {
    const target = join(keptFiles, file);
    if (!isRealDirectory(dirname(target))) mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    copyFileSync(join(entry.worktree, file), target);
  }
  return changed;
}
