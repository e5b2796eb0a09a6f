import { copyFileSync, lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../../errors.ts";
import { type Ending, readEnding, writeEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles, trashPlace } from "../../state/places.ts";
import { exists, isRealDirectory, makePrivateDirectory, readTextIfExists, removeTree } from "../../system/files.ts";
import { branchesAt, resolveCommit } from "../../system/git/branches.ts";
import { type GitPlace, git, tryGit } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { isInProgress, takeSnapshot } from "../../system/git/snapshot.ts";
import { type ChangedPath, changedPaths } from "../../system/git/status.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { isOwnFile } from "./credentials/give.ts";
import { readCopies } from "./credentials/note.ts";
import type { KillOptions } from "./kill-options.ts";

interface Killing {
  /** The id of the kill command. */
  readonly operation: string;
  readonly running: boolean;
}

/** The filters of the repository may wait for a network; what takes longer than this hangs. */
const filterMilliseconds = 300_000;
/** More untracked data than this is not copied into the repository. */
const largestUntracked = 1_000_000_000;

/** The ref that keeps the snapshot of an agent's unsaved work. */
export function savedRef(id: string): string {
  return `refs/fleet/saved/${id}`;
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
  const place = gitAt(fleet, entry.worktree);
  const headBranch = checkedOutBranch(admin);
  if (options.commitMessage !== undefined && headBranch === entry.branch && !isInProgress(admin)) {
    await commitAll(place, options.commitMessage);
  }
  const changes = await changedPaths(place);
  const keepsTree =
    changes.some(({ unholdable }) => unholdable) || untrackedBytes(entry.worktree, changes) > largestUntracked;
  const head = (await resolveCommit(place, "HEAD")) ?? entry.base;
  const files = agentFiles(places, entry.id);
  makePrivateDirectory(files.directory);
  let saved: string | null = null;
  if (changes.length > 0 || isInProgress(admin) || headBranch !== entry.branch || options.branch === "delete") {
    saved = await takeSnapshot({
      place,
      admin,
      changes: keepsTree ? changes.filter(({ unholdable, untracked }) => !unholdable && !untracked) : changes,
      scratchIndex: join(files.directory, `index-${process.pid}`),
      message: `${entry.branch}: unsaved work of the agent ${entry.id}\n`,
    });
    const withoutHooks = ["-c", "core.hooksPath=/dev/null"];
    await git(gitAt(fleet, repository.commonDirectory), [...withoutHooks, "update-ref", savedRef(entry.id), saved]);
  }
  const ending: Ending = {
    v: 1,
    operation,
    ended_at: new Date().toISOString(),
    head,
    head_branch: headBranch ?? null,
    unsaved: changes.filter(({ absent }) => !absent).length,
    saved,
    tree: keepsTree ? trashPlace(places, entry.id) : null,
    running,
    files: keepChangedCopies(fleet, admin, entry),
  };
  removeTree(files.environment);
  writeEnding(places, entry.id, ending);
  return ending;
}

/** Everything that is not ignored, as one commit of the user's, without asking his hooks or his keys. */
async function commitAll(place: GitPlace, message: string): Promise<void> {
  await git(place, ["add", "--all"], { timeoutMilliseconds: filterMilliseconds });
  const staged = await tryGit(place, ["diff", "--cached", "--quiet"]);
  if (staged.exitCode === 0) return;
  await git(place, ["-c", "commit.gpgSign=false", "commit", "--quiet", "--no-verify", "--file=-"], { input: message });
}

/** The same for an agent whose worktree is gone already: what can be brought back is its branch, if its repository is there. */
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

function checkedOutBranch(admin: string): string | undefined {
  return readTextIfExists(join(admin, "HEAD"))?.match(/^ref: refs\/heads\/(.+)$/m)?.[1];
}

function untrackedBytes(worktree: string, changes: readonly ChangedPath[]): number {
  return changes
    .filter(({ untracked }) => untracked)
    .map(({ path }) => join(worktree, path))
    .filter((file) => exists(file) && lstatSync(file).isFile())
    .reduce((total, file) => total + lstatSync(file).size, 0);
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
