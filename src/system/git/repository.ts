import { basename, dirname, join, resolve } from "node:path";
import { FleetError } from "../../errors.ts";
import { exists, readTextIfExists, realPath } from "../files.ts";
import { shellWord } from "../shell.ts";
import { type GitPlace, gitFailure, requireUnderstood, tryGit } from "./command.ts";
import { plainRepository } from "./plain-repository.ts";

/** A repository as seen from one directory of it. */
export interface Repository {
  /** The main checkout, or the repository itself when it is bare: what names the repository. */
  readonly root: string;
  /** The directory that all worktrees share. */
  readonly commonDirectory: string;
  /** There is no main checkout, or nobody knows where it is. */
  readonly bare: boolean;
  /** The commit checked out in that directory, and its branch (`HEAD` when detached); `undefined` before the first commit. */
  readonly head: { readonly commit: string; readonly branch: string } | undefined;
}

const discovery = [
  ...["rev-parse", "--path-format=absolute", "--is-bare-repository", "--git-common-dir"],
  ...["HEAD", "--symbolic-full-name", "HEAD"],
];
const commitName = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * The repository that a directory belongs to: by its files where that is safe, else in one call of git; `undefined` outside of any. Throws
 * when git refuses to say.
 */
export async function discoverRepository(place: GitPlace): Promise<Repository | undefined> {
  const repository = plainRepository(place) ?? (await askForRepository(place));
  // Of a path with a line end in it git's answer was only the beginning.
  const isCutOff = repository !== undefined && place.directory.includes("\n") && !exists(repository.commonDirectory);
  if (!isCutOff && repository?.root.includes("\n") !== true) return repository;
  throw new FleetError("failed", "the path of this repository has a line end in it, where git's answers end", {
    hint: "give the directory another name; to see which it is, run pwd | cat -A",
  });
}

/** The repository that a directory belongs to, always by git; `undefined` outside of any. Throws when git refuses to say. */
export async function askForRepository(place: GitPlace): Promise<Repository | undefined> {
  const result = await tryGit(place, discovery);
  const [bare, common, commit = "", branch] = result.stdout.split("\n");
  requireUnderstood(bare);
  if (common === undefined || common === "") {
    if (/not a git repository/i.test(result.stderr)) return undefined;
    throw unreadable(gitFailure(result, place), place);
  }
  const commonDirectory = realPath(common) ?? common;
  const isBare = bare === "true" || isConfiguredBare(commonDirectory);
  const root = isBare ? commonDirectory : await mainCheckout(place, commonDirectory);
  return {
    root,
    commonDirectory,
    bare: isBare || root === commonDirectory,
    head: commitName.test(commit) && branch ? { commit, branch: branch.replace(/^refs\/heads\//, "") } : undefined,
  };
}

/** What git does not get over it says of each command alike. */
function unreadable(failure: FleetError, { directory }: GitPlace): FleetError {
  if (failure.hint !== undefined) return failure;
  const { kind, message, output = "" } = failure;
  const trust = /^\s*(git config --global --add safe\.directory .+)$/m.exec(output)?.[1];
  const look = `to see what git says of it, run git -C ${shellWord(directory)} status`;
  return new FleetError(kind, message, { output, hint: trust === undefined ? look : `to trust it, run ${trust}` });
}

/** The repository of a directory. Throws FleetError `failed` outside of any. */
export async function requireRepository(place: GitPlace): Promise<Repository> {
  const repository = await discoverRepository(place);
  if (repository !== undefined) return repository;
  throw new FleetError("failed", `${place.directory} is not inside a git repository`, {
    hint: "to work on a repository elsewhere, run fleet -C DIRECTORY ..., or set repo_root with fleet config edit",
  });
}

/** A worktree of a bare repository says of itself that it is not bare. With `extensions.worktreeConfig` the second file says it. */
function isConfiguredBare(commonDirectory: string): boolean {
  return ["config", "config.worktree"].some((name) =>
    /^\s*bare\s*=\s*true\s*$/im.test(readTextIfExists(join(commonDirectory, name)) ?? ""),
  );
}

/**
 * A submodule keeps its git directory elsewhere and says in `core.worktree` where it is checked out. A repository made with
 * `--separate-git-dir` does not say it, and its worktrees cannot know: the git directory itself then stands for it.
 */
async function mainCheckout(place: GitPlace, commonDirectory: string): Promise<string> {
  if (basename(commonDirectory) === ".git") return dirname(commonDirectory);
  const file = join(commonDirectory, "config");
  const configured = await tryGit(place, ["config", "--file", file, "--get", "core.worktree"]);
  return configured.exitCode === 0 ? resolve(commonDirectory, configured.stdout.trimEnd()) : commonDirectory;
}
