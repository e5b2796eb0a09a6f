import { dirname, resolve } from "node:path";
import { FleetError } from "../../errors.ts";
import { fullnessCommand } from "../disk.ts";
import { type Environment, gitLocalVariables, withoutVariables } from "../environment.ts";
import { type Finished, findProgram, run, runForBytes } from "../exec.ts";
import { exists } from "../files.ts";
import { runInPager, runOnTerminal } from "../on-terminal.ts";
import { shellWord } from "../shell.ts";
import { terminalColumns } from "../terminal.ts";

export interface GitOptions {
  readonly input?: string | Uint8Array;
  readonly timeoutMilliseconds?: number;
  /** Ends git, and the hook it may be running, when it fires. */
  readonly cancelled?: AbortSignal;
}

/** For what undoes or saves: no hook of the repository may keep it from being done, or for how long. */
export const withoutHooks = ["-c", "core.hooksPath=/dev/null"] as const;

/** Where and with what environment git runs. */
export interface GitPlace {
  readonly directory: string;
  readonly environment: Environment;
  /**
   * The directory is one that fleet got to know as a repository, or as part of one. `safe.bareRepository = explicit` guards those who
   * happen to be inside of a directory, not those who name it.
   */
  readonly named?: true;
  /**
   * The directory is a worktree in which a program has worked that is not to run anything here. Where its repository is is said, not
   * looked up, no hook runs and no repository inside of it is looked into.
   */
  readonly untrusted?: { readonly admin: string; readonly common: string };
  /** An index of our own instead of the worktree's. */
  readonly index?: string;
  /**
   * Ends each git here, with the filter that it may be waiting for, when it fires. It is for looks, and for what
   * leaves nothing half done: the rest ends as its caller says, so that it can be undone.
   */
  readonly cancelled?: AbortSignal;
  /** Where new objects go instead of into the repository, whose own objects are found all the same. */
  readonly objects?: ScratchObjects;
}

/** A directory for objects that nobody is to keep, on top of a repository. */
export interface ScratchObjects {
  readonly directory: string;
  /** The `objects` of the repository. */
  readonly repository: string;
}

/**
 * What git 2.39 says, before it does anything, when another git is just making a worktree: for a moment one of its files is there and empty.
 */
const beingMade = /failed to read [^\n]*worktrees\/[^\n]*\/commondir/;
const makingMilliseconds = 10;
const looksAtMaking = 20;

/**
 * Runs git and returns how it ended, for callers that expect a refusal. A worktree that another git is just making is waited for. Throws the
 * reason of `cancelled` of the place once that has fired.
 */
export async function tryGit(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<Finished> {
  for (let look = 1; ; look += 1) {
    const result = await run(gitCommand(place, args), {
      directory: place.directory,
      environment: gitEnvironment(place),
      tidies: true,
      ...(place.cancelled === undefined ? {} : { cancelled: place.cancelled }),
      ...options,
    });
    place.cancelled?.throwIfAborted();
    if (result.exitCode === 0 || look === looksAtMaking || !beingMade.test(result.stderr)) return result;
    await Bun.sleep(makingMilliseconds);
  }
}

/** Runs git and returns its output. Throws FleetError `failed` with git's own words. */
export async function git(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<string> {
  const result = await tryGit(place, args, options);
  if (result.exitCode !== 0) throw gitFailure(result, place);
  return result.stdout;
}

/** Runs git and returns its output as bytes. Throws FleetError `failed` with git's own words. */
export async function gitBytes(place: GitPlace, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const { bytes, ...result } = await runForBytes(gitCommand(place, args), {
    directory: place.directory,
    environment: gitEnvironment(place),
    ...options,
  });
  if (result.exitCode !== 0) throw gitFailure(result, place);
  return bytes;
}

/** Runs git on the user's terminal and returns its exit code. */
export async function gitOnTerminal(place: GitPlace, args: readonly string[]): Promise<number> {
  return runOnTerminal(gitCommand(place, args), {
    directory: place.directory,
    environment: gitEnvironment(place),
  });
}

/**
 * Runs git and shows what it prints as git itself would show it on the user's terminal, with its colours and in its pager, but each line as
 * `shown` makes it. Returns git's exit code.
 */
export async function gitInPager(
  place: GitPlace,
  args: readonly string[],
  shown: (line: string) => string,
): Promise<number> {
  const pager = await pagerOf(place);
  const columns = terminalColumns();
  const environment = {
    // What git itself gives to a pager, and what it takes for one being there.
    LESS: "FRX",
    LV: "-c",
    ...gitEnvironment(place),
    GIT_PAGER_IN_USE: "1",
    ...(columns === undefined ? {} : { COLUMNS: String(columns) }),
  };
  const { directory } = place;
  return runInPager(gitCommand(place, args), { directory, environment, pager: ["sh", "-c", pager], shown });
}

/** The command line of the pager that `git diff` would use (`pager.diff`, see git-config(1)): `cat` for none. */
async function pagerOf(place: GitPlace): Promise<string> {
  const [usual, ofDiff] = await Promise.all([
    git(place, ["var", "GIT_PAGER"]),
    tryGit(place, ["config", "--get", "pager.diff"]),
  ]);
  const wanted = ofDiff.stdout.trim();
  if (/^(false|no|off|0)$/i.test(wanted)) return "cat";
  const isUsual = /^(true|yes|on|1|)$/i.test(wanted) || place.environment.GIT_PAGER !== undefined;
  return isUsual ? usual.trim() : wanted;
}

/** How git ends when it does not understand its arguments. */
const usageExitCode = 129;

/** The error for a git command that failed, in the worktree of `place` if that is one. */
export function gitFailure(result: Finished, place?: GitPlace): FleetError {
  const command = result.argv.slice(1).find((word) => !word.startsWith("-") && !word.includes("=")) ?? "";
  const words = result.stderr || result.stdout;
  const how = words.trim() === "" ? `failed with exit code ${result.exitCode}` : "failed";
  const hint = wayOut(result) ?? wayOutOfDamage(result, place);
  return new FleetError("failed", `git ${command} ${result.timedOut ? "took too long" : how}`, {
    output: words,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The command that mends what git failed on, where git's words tell it. */
function wayOut({ exitCode, stderr }: Finished): string | undefined {
  if (exitCode === usageExitCode) return "to see whether this git is too old, run fleet doctor";
  if (/^(?:Author|Committer) identity unknown$/m.test(stderr)) {
    return "to say who you are, run git config --global user.name NAME && git config --global user.email ADDRESS";
  }
  const [, lock] = /Unable to create '(.+\.lock)': File exists/.exec(stderr) ?? [];
  return lock === undefined ? undefined : `if no git is at work there any more, run rm ${shellWord(lock)}`;
}

/** A disk that is full, a line of the configuration, or a damaged index, which git does not read, not even to make it anew, but for this. */
function wayOutOfDamage({ stderr }: Finished, place: GitPlace | undefined): string | undefined {
  if (place === undefined) return undefined;
  if (/: (?:No space left on device|Disk quota exceeded)$/m.test(stderr)) {
    const [, file] = /'(\/[^'\n]+)': (?:No space left|Disk quota)/.exec(stderr) ?? [];
    return `to see how full the disk is, run ${fullnessCommand(file === undefined ? place.directory : dirname(file))}`;
  }
  const [, line, file = ""] = /^fatal: bad config line (\d+) in file (.+)$/m.exec(stderr) ?? [];
  if (line !== undefined) return `to mend it, run vi +${line} ${shellWord(namedFrom(place.directory, file))}`;
  const common = /^fatal: failed to read (.+\/commondir):/m.exec(stderr)?.[1];
  if (common !== undefined)
    return `to mend it, run printf '../..\\n' > ${shellWord(namedFrom(place.directory, common))}`;
  if (place.index !== undefined) return undefined;
  if (!/\bindex file (?:corrupt|smaller than expected)|^error: bad (?:signature 0x|index file sha1)/m.test(stderr))
    return undefined;
  return `to make the index anew, which leaves all files as they are, run git -C ${shellWord(place.directory)} read-tree HEAD`;
}

/** Git names its files from the top of the worktree, in whichever directory of that it was asked. */
function namedFrom(directory: string, file: string): string {
  for (let top = directory; top !== dirname(top); top = dirname(top)) {
    if (exists(resolve(top, file))) return resolve(top, file);
  }
  return resolve(directory, file);
}

/** Throws FleetError `missing-tool` for the first line of a git that is too old: one that does not know an option of rev-parse prints it. */
export function requireUnderstood(firstLine: string | undefined): void {
  if (firstLine?.startsWith("--") !== true) return;
  throw new FleetError("missing-tool", "this git is too old", {
    hint: "to see which version is needed, run fleet doctor",
  });
}

const harmless = [...withoutHooks, ...["-c", "submodule.recurse=false", "-c", "diff.ignoreSubmodules=all"]];

/**
 * Every git that reads an index may ask the program that watches the files for it (`core.fsmonitor`, githooks(5)). One that hangs would keep
 * all commands waiting, and what one leaves out would be neither saved nor committed: git looks for itself.
 */
const unwatched = ["-c", "core.fsmonitor=false"];

/** Only `-c` and the user's own files can say that a bare repository is trusted, see git-config(1). */
function gitCommand(place: GitPlace, args: readonly string[]): string[] {
  const trust = place.named === true ? ["-c", "safe.bareRepository=all"] : [];
  const guards = place.untrusted === undefined ? [] : harmless;
  return [gitProgram(place.environment), ...unwatched, ...trust, ...guards, ...args];
}

/**
 * The caller's environment without what would point git at another repository. Reading must never contend for the index with the
 * agents (`GIT_OPTIONAL_LOCKS`), and nobody is there to answer a question (`GIT_TERMINAL_PROMPT`).
 */
function gitEnvironment(place: GitPlace): Environment {
  return {
    ...withoutVariables(place.environment, (name) => gitLocalVariables.includes(name)),
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    ...(place.untrusted === undefined
      ? {}
      : {
          GIT_DIR: place.untrusted.admin,
          GIT_COMMON_DIR: place.untrusted.common,
          GIT_WORK_TREE: place.directory,
        }),
    ...(place.index === undefined ? {} : { GIT_INDEX_FILE: place.index }),
    ...(place.objects === undefined
      ? {}
      : {
          GIT_OBJECT_DIRECTORY: place.objects.directory,
          // In quotes a colon separates nothing, see git(1).
          GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${place.objects.repository.replace(/["\\]/g, "\\$&")}"`,
        }),
  };
}

function gitProgram(environment: Environment): string {
  const program = findProgram("git", environment);
  if (program !== undefined) return program;
  throw new FleetError("missing-tool", "git is not installed", { hint: "to see how to get it, run fleet doctor" });
}
