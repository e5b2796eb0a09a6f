import { copyFileSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { memoryBytes } from "../../model/sandbox.ts";
import { type Amount, type Ending, readEnding, writeEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { steadyNow } from "../../state/steady-clock.ts";
import {
  exists,
  existsWithin,
  isFile,
  isRealDirectory,
  makePrivateDirectory,
  readTextIfExists,
  removeTree,
  replaceFile,
} from "../../system/files.ts";
import { branchesAt, resolveCommit } from "../../system/git/branches.ts";
import { type GitPlace, git, withoutHooks } from "../../system/git/command.ts";
import { commitIndex, isAnythingStaged, type Staged, stageAll } from "../../system/git/commit-all.ts";
import { operationInProgress } from "../../system/git/in-progress.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import { objectsNamedBy, tipsAmong } from "../../system/git/pins.ts";
import type { Repository } from "../../system/git/repository.ts";
import { keepingCommit, takeSnapshot } from "../../system/git/snapshot.ts";
import { type ChangedPath, changesFromHead } from "../../system/git/status.ts";
import { adminDirectory, checkedOutBranch } from "../../system/git/worktrees.ts";
import { type Fleet, gitAt, gitIn, statePlaces } from "../fleet.ts";
import { isOwnFile } from "./credentials/give.ts";
import { hiddenCopies, readCopies } from "./credentials/note.ts";
import type { KillOptions } from "./kill-options.ts";
import { keepLfsFiles } from "./lfs.ts";
import { isRenamedTo } from "./renamed.ts";
import { setRoomAside } from "./set-aside.ts";
import { keptBranchLog, markKilled, planTrash } from "./trash.ts";
import { isCommittable } from "./unfinished.ts";

interface Killing {
  /** The id of the kill command. */
  readonly operation: string;
  readonly running: boolean;
}

/** The filters of the repository may wait for a network; what takes longer than this hangs. */
const filterMilliseconds = 300_000;

/** The ref that keeps the snapshot of an agent's unsaved work. */
export function savedRef(id: string): string {
  return `refs/fleet/saved/${id}`;
}

/** The ref that keeps the branches alive that went with an agent. */
export function childrenRef(id: string): string {
  return `${savedRef(id)}.children`;
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
  const place = gitIn(fleet, entry);
  await requireOwnWorkTree(place);
  const headBranch = checkedOutBranch(entry.worktree);
  if (options.commitMessage !== undefined) await commitWork(fleet, repository, entry, options.commitMessage);
  const trashed = planTrash(repository, entry, admin);
  const { head: born, changes: seen } = await changesFromHead(place);
  const changes = [...seen, ...(await hiddenByUs(repository, place, admin))];
  const { held, unheld } = divided(changes, entry.worktree, memoryBytes(fleet.settings.config.save_limit));
  // A branch that somebody deleted, or that has no commit yet: what HEAD was at before is what the agent has.
  const head = born ?? (await lastOf(place, admin)) ?? entry.base;
  const files = agentFiles(places, entry.id);
  makePrivateDirectory(files.directory);
  const common = gitAt(fleet, repository.commonDirectory);
  const branchLog = join(repository.commonDirectory, "logs", "refs", "heads", entry.branch);
  const admins = [admin, ...trashed.inner.map(({ name }) => join(repository.commonDirectory, "worktrees", name))];
  const tips = await tipsAmong(common, objectsNamedBy(admins, branchLog), [...new Set([head, entry.base])]);
  const steady = steadyNow(places);
  let saved: string | null = null;
  let kept: string | undefined;
  if (
    changes.length > 0 ||
    operationInProgress(admin) !== undefined ||
    headBranch !== entry.branch ||
    options.branch === "delete"
  ) {
    saved = await takeSnapshot({
      place,
      admin,
      keep: tips,
      changes: held,
      scratchIndex: join(files.directory, `index-${process.pid}`),
      message: `${entry.branch}: unsaved work of the agent ${entry.id}\n`,
    });
    kept = saved;
  } else if (tips.length > 0 || head !== entry.base) {
    // What is in no file of the worktree, and only it knows: gc must not take it while it can be brought back.
    const message = `${entry.branch}: what the agent ${entry.id} had left behind\n`;
    kept = tips.length === 0 ? head : await keepingCommit(common, [head, ...tips], message);
  }
  if (kept !== undefined) await keep(common, repository, entry, kept);
  keepBranchLog(branchLog, admin);
  const ending: Ending = {
    v: 1,
    operation,
    ended_at: new Date().toISOString(),
    ...(steady === undefined ? {} : { steady }),
    head,
    head_branch: headBranch ?? null,
    ...(born === undefined ? { unborn: true } : {}),
    unsaved: changes.filter(({ absent }) => !absent).length,
    saved,
    tree: trashed.tree,
    admin: trashed.admin,
    inner: trashed.inner,
    partial: held.length < changes.length,
    ...(unheld.files === 0 ? {} : { unheld }),
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

function choiceOf({ branch, isChoiceLost }: KillOptions): Pick<Ending, "branch_choice"> {
  return isChoiceLost === true ? {} : { branch_choice: branch };
}

/**
 * Files of the agent's own that nothing but our own block in `info/exclude` hides: it is there for copies that other worktrees were
 * given.
 */
export async function hiddenByUs(repository: Repository, place: GitPlace, admin: string): Promise<ChangedPath[]> {
  const given = new Set(readCopies(admin).copied);
  const candidates = [...new Set(hiddenCopies(repository))].filter(
    (path) => !given.has(path) && existsWithin(place.directory, path),
  );
  if (candidates.length === 0) return [];
  const literal = candidates.map((path) => `:(top,literal)${path}`);
  const listed = await git(place, ["ls-files", "--others", "-z", "--", ...literal]);
  return listed
    .split("\0")
    .filter(Boolean)
    .map((path) => ({ path, untracked: true, staged: [], unholdable: false, absent: false }));
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
function keepBranchLog(branchLog: string, admin: string): void {
  // Where there is no such branch any more, there may be a directory of others.
  const text = isFile(branchLog) ? readTextIfExists(branchLog) : undefined;
  if (text !== undefined) replaceFile(join(admin, keptBranchLog), text);
}

/** Says what a commit has not of the repositories inside of a worktree: no more than which commit is checked out there, if any. */
export function nameRepositories(
  fleet: Fleet,
  { branch }: AgentEntry,
  { repositories, empty, submodules }: Staged,
): void {
  const name = (
    what: string,
    paths: readonly string[],
    [one, several] = ["a repository of its own", "repositories of their own"],
  ) => {
    if (paths.length === 0) return;
    const kind = paths.length === 1 ? one : several;
    const text = `${branch}: the commit has ${what} ${paths.join(", ")}, ${kind}`;
    fleet.report({ kind: "warning", text: `${text}; the files are in its worktree, which lives on` });
  };
  name("only the name of a commit of", repositories);
  name("nothing of", empty);
  name("nothing of what is not committed in", submodules, ["a submodule", "submodules"]);
}

/** Says why a commit of unsaved work is not signed, if so: where only signed ones are taken, it must be signed before it is pushed. */
export function nameUnsigned(fleet: Fleet, { branch }: AgentEntry, why: string | undefined): void {
  if (why === undefined) return;
  const text = `${branch}: the commit is not signed: ${why}; to sign it, check the branch out and run git commit --amend --no-edit -S`;
  fleet.report({ kind: "warning", text });
}

/**
 * Puts everything that is not ignored on the agent's branch, also under the name that the agent gave it, as one commit of the user's, without
 * asking their hooks, and says what that commit has not. What is elsewhere or no work yet is left for the snapshot.
 */
async function commitWork(fleet: Fleet, repository: Repository, entry: AgentEntry, message: string): Promise<void> {
  const place = gitIn(fleet, entry);
  const admin = adminDirectory(entry.worktree);
  const branch = checkedOutBranch(entry.worktree);
  const isOwn = branch === entry.branch || isRenamedTo(repository, entry.branch, branch);
  if (admin === undefined || !isOwn || !(await isCommittable(place, admin))) return;
  const hidden = await hiddenByUs(repository, place, admin);
  const all = await stageAll(place);
  if (hidden.length > 0) {
    const literal = hidden.map(({ path }) => `:(top,literal)${path}`);
    await git(place, [...withoutHooks, "add", "--force", "--", ...literal], {
      timeoutMilliseconds: filterMilliseconds,
    });
  }
  const unsigned = (await isAnythingStaged(place)) ? await commitIndex(place, message) : undefined;
  nameRepositories(fleet, entry, all);
  nameUnsigned(fleet, entry, unsigned);
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

/**
 * What of the changes a snapshot can and may hold: not what is a repository of its own or has a name that git cannot read back, and of the
 * rest as much as fits below the limit, the largest files left out first. `unheld` are the files that are left out.
 */
export function divided(
  changes: readonly ChangedPath[],
  worktree: string,
  limit: number | undefined,
): { readonly held: ChangedPath[]; readonly unheld: Amount } {
  const sized = changes.map((change) => ({ change, ...fileAt(join(worktree, change.path)) }));
  const holdable = sized.filter(({ change }) => !change.unholdable);
  let total = holdable.reduce((sum, { bytes }) => sum + bytes, 0);
  const tooMuch = new Set<ChangedPath>();
  for (const { change, bytes } of holdable.toSorted((a, b) => b.bytes - a.bytes)) {
    if (limit === undefined || total <= limit) break;
    tooMuch.add(change);
    total -= bytes;
  }
  const left = sized.filter(({ change, isFile }) => isFile && (change.unholdable || tooMuch.has(change)));
  return {
    held: changes.filter((change) => !change.unholdable && !tooMuch.has(change)),
    unheld: { files: left.length, bytes: left.reduce((sum, { bytes }) => sum + bytes, 0) },
  };
}

/** A name that git has not told as it is finds nothing here, but is of a file all the same. */
function fileAt(path: string): { readonly isFile: boolean; readonly bytes: number } {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return {
    isFile: stat === undefined ? path.includes("\ufffd") : stat.isFile(),
    bytes: stat?.isFile() ? stat.size : 0,
  };
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
