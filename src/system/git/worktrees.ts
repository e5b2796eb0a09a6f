import { basename, dirname, join, resolve } from "node:path";
import { gitLocalVariables, withoutVariables } from "../environment.ts";
import type { Finished } from "../exec.ts";
import { run } from "../exec.ts";
import { isExecutableFile, isRealDirectory, readTextIfExists, realPath } from "../files.ts";
import { isThere } from "../processes/process.ts";
import { type GitPlace, git, gitFailure, requireUnderstood, tryGit, withoutHooks } from "./command.ts";
import { headOf } from "./reftable.ts";

/** A worktree to register. */
export interface NewWorktree {
  readonly path: string;
  readonly branch: string;
  /** The commit a new branch starts at; `undefined` to check out the branch that exists. */
  readonly startAt: string | undefined;
  /** `startAt` is the ref of a branch of a remote, which becomes the upstream of the new branch, as git itself does when it guesses one. */
  readonly track?: boolean;
  /** `false` asks no hook, for a worktree that comes back. */
  readonly hooks?: boolean;
}

const attempts = 5;
/** Hooks install, build, or wait for a network; one that takes longer than this hangs. */
const hookMilliseconds = 120_000;
const noCommit = "0".repeat(40);

/**
 * Registers a worktree and its branch without checking anything out, which takes the same few milliseconds in a repository of any
 * size. The caller holds the lock of the repository: git 2.39 loses worktrees that are added at the same time. Users and agents
 * run git too, so what collides with them is tried again.
 */
export async function registerWorktree(place: GitPlace, worktree: NewWorktree, cancelled?: AbortSignal): Promise<void> {
  const branch =
    worktree.startAt === undefined ? [] : [worktree.track === true ? "--track" : "--no-track", "-b", worktree.branch];
  const args = [
    ...(worktree.hooks === false ? withoutHooks : []),
    "worktree",
    "add",
    "--no-checkout",
    ...branch,
    "--",
    worktree.path,
    worktree.startAt ?? worktree.branch,
  ];
  // A new branch runs the reference-transaction hook of the repository.
  const bounded = { timeoutMilliseconds: hookMilliseconds, ...(cancelled === undefined ? {} : { cancelled }) };
  let result = await tryGit(place, args, bounded);
  for (let attempt = 1; attempt < attempts && collided(result); attempt += 1) {
    await Bun.sleep(10 * 2 ** attempt);
    result = await tryGit(place, args, bounded);
  }
  cancelled?.throwIfAborted();
  if (result.exitCode !== 0) throw gitFailure(result);
}

function collided(result: Finished): boolean {
  return result.exitCode !== 0 && /commondir|could not lock|Unable to create '.*\.lock'/.test(result.stderr);
}

/**
 * Fills a registered worktree with its files, as the second half of `git worktree add` does. `workers` check out in parallel where
 * git finds that there are enough files to pay for starting them. The one hook that is for this is run apart;
 * filters may wait for a network, until `cancelled` fires.
 */
export async function checkOutWorktree(place: GitPlace, workers: number, cancelled: AbortSignal): Promise<void> {
  const settings = [...withoutHooks, "-c", `checkout.workers=${workers}`];
  const words = [...settings, "reset", "--hard", "--quiet", "--no-recurse-submodules"];
  const result = await tryGit(place, words, { cancelled });
  cancelled.throwIfAborted();
  if (result.exitCode !== 0) throw gitFailure(result);
}

/**
 * The post-checkout hook that git would run there, which may not exist; `undefined` outside of any repository, and where `core.hooksPath` leads
 * through a file, as `/dev/null` does, with which users turn hooks off. Throws FleetError `missing-tool` when git is too old.
 */
export async function checkoutHookOf(place: GitPlace): Promise<string | undefined> {
  const result = await tryGit(place, ["rev-parse", "--path-format=absolute", "--git-path", "hooks/post-checkout"]);
  const [hook] = result.stdout.split("\n");
  requireUnderstood(hook);
  return result.exitCode === 0 ? hook : undefined;
}

/**
 * Runs the repository's post-checkout hook as `git worktree add` would; returns how it failed, or `undefined`. It is ended when it takes
 * too long, and when `cancelled` fires.
 */
export async function runCheckoutHook(
  place: GitPlace,
  hook: string | undefined,
  commit: string,
  cancelled: AbortSignal,
): Promise<Finished | undefined> {
  if (hook === undefined || !isExecutableFile(hook)) return undefined;
  // As git does: the shell also runs a file without a line that names its interpreter.
  const argv = ["/bin/sh", "-c", '"$0" "$@"', hook, noCommit, commit, "1"];
  const commands = (await git(place, ["--exec-path"])).trimEnd();
  const result = await run(argv, {
    directory: place.directory,
    environment: {
      ...withoutVariables(place.environment, (name) => gitLocalVariables.includes(name)),
      PATH: `${commands}:${place.environment.PATH ?? ""}`,
      GIT_EXEC_PATH: commands,
      GIT_PREFIX: "",
    },
    timeoutMilliseconds: hookMilliseconds,
    cancelled,
  });
  return result.exitCode === 0 ? undefined : result;
}

/** The directory in which git keeps what it knows of one worktree (`.git/worktrees/NAME`), read from the worktree's own `.git` file. */
export function adminDirectory(worktree: string): string | undefined {
  if (!isRealDirectory(worktree)) return undefined;
  const pointer = join(worktree, ".git");
  if (isRealDirectory(pointer)) return undefined;
  const admin = readTextIfExists(pointer)?.match(/^gitdir: (.+)$/m)?.[1];
  return admin === undefined ? undefined : resolve(worktree, admin);
}

/** What a worktree is at, as git's own files say. */
export interface WorktreeHead {
  /** As `adminDirectory` has it. */
  readonly admin: string;
  /** The content of `HEAD`: `ref: refs/heads/NAME`, or a commit. */
  readonly head: string;
}

/** Reads what a worktree is at; `undefined` for what is no worktree that git knows. */
export function worktreeHead(worktree: string): WorktreeHead | undefined {
  const admin = adminDirectory(worktree);
  const head = admin === undefined ? undefined : headOf(admin);
  return admin === undefined || head === undefined ? undefined : { admin, head };
}

/** The branch of what `worktreeHead` has read; `undefined` when HEAD is detached. */
export function branchOfHead({ head }: WorktreeHead): string | undefined {
  return head.match(/^ref: refs\/heads\/(.+)$/m)?.[1];
}

/** The branch that a worktree is on, read from git's own file; `undefined` when HEAD is detached. */
export function checkedOutBranch(worktree: string): string | undefined {
  const found = worktreeHead(worktree);
  return found === undefined ? undefined : branchOfHead(found);
}

/**
 * Where git has the worktree of this directory of its own, whether it is there or not. Newer versions of git may write relative paths. A
 * machine that lost its power may have left the file empty, which names nothing.
 */
export function registeredPath(admin: string): string | undefined {
  const pointer = readTextIfExists(join(admin, "gitdir"))?.trim() ?? "";
  return basename(pointer) === ".git" ? dirname(resolve(admin, pointer)) : undefined;
}

/** Whether the directory and git's registration name each other, so that removing the one is removing the other. */
export function isRegistered(worktree: string, admin: string): boolean {
  if (basename(dirname(admin)) !== "worktrees") return false;
  const registered = registeredPath(admin);
  const real = realPath(worktree);
  return registered !== undefined && real !== undefined && realPath(registered) === real;
}

/** Why a worktree is locked; `undefined` when it is not locked, and when the process that its lock names is no more. */
export function lockReason(admin: string): string | undefined {
  const reason = readTextIfExists(join(admin, "locked"))?.trim();
  return reason === undefined || isOfDeadProcess(reason) ? undefined : reason;
}

/** Agents lock the worktrees of their own agents with `... (pid 4711)`, and nobody unlocks them when they have ended. */
function isOfDeadProcess(reason: string): boolean {
  const pid = Number(/\bpid[ :=]*(\d+)\b/i.exec(reason)?.[1] ?? Number.NaN);
  return Number.isSafeInteger(pid) && pid > 0 && !isThere(pid);
}

/** Takes a worktree whose directory was moved away out of git's registration. Others, missing or not, are left alone. */
export async function forgetWorktree(place: GitPlace, path: string): Promise<void> {
  await git(place, [...withoutHooks, "worktree", "remove", "--force", "--force", "--", path]);
}
