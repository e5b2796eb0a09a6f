import { basename, dirname, resolve } from "node:path";
import { FleetError } from "../../errors.ts";
import { realPath } from "../files.ts";
import { type GitPlace, git, gitFailure, tryGit } from "./command.ts";

/** A repository as seen from one directory of it. */
export interface Repository {
  /** The main checkout, or the repository itself when it is bare: what names the repository. */
  readonly root: string;
  /** The directory that all worktrees share. */
  readonly commonDirectory: string;
  readonly bare: boolean;
  /** The commit checked out in that directory, and its branch (`HEAD` when detached); `undefined` before the first commit. */
  readonly head: { readonly commit: string; readonly branch: string } | undefined;
  /** The post-checkout hook, which may not exist. */
  readonly checkoutHook: string;
}

const discovery = [
  ...["rev-parse", "--path-format=absolute", "--is-bare-repository", "--git-common-dir"],
  ...["--git-path", "hooks/post-checkout", "HEAD", "--abbrev-ref", "HEAD"],
];

/** The repository that a directory belongs to, in one call of git; `undefined` outside of any. Throws when git refuses to say. */
export async function discoverRepository(place: GitPlace): Promise<Repository | undefined> {
  const result = await tryGit(place, discovery);
  const [bare, common, hook, commit, branch] = result.stdout.split("\n");
  if (common === undefined || hook === undefined || common === "") {
    if (/not a git repository/i.test(result.stderr)) return undefined;
    throw gitFailure(result);
  }
  const commonDirectory = realPath(common) ?? common;
  return {
    root: await mainCheckout(place, commonDirectory, bare === "true"),
    commonDirectory,
    bare: bare === "true",
    head: result.exitCode === 0 && commit && branch ? { commit, branch } : undefined,
    checkoutHook: hook,
  };
}

/** The repository of a directory. Throws FleetError `failed` outside of any. */
export async function requireRepository(place: GitPlace): Promise<Repository> {
  const repository = await discoverRepository(place);
  if (repository !== undefined) return repository;
  throw new FleetError("failed", `${place.directory} is not inside a git repository`, {
    hint: "to work on a repository elsewhere, run fleet -C DIRECTORY ..., or set repo_root with fleet config edit",
  });
}

/**
 * A submodule, and a repository made with `--separate-git-dir`, keep their git directory elsewhere and say in `core.worktree`, or
 * not at all, where they are checked out.
 */
async function mainCheckout(place: GitPlace, commonDirectory: string, bare: boolean): Promise<string> {
  if (basename(commonDirectory) === ".git" && !bare) return dirname(commonDirectory);
  if (bare) return commonDirectory;
  const file = `${commonDirectory}/config`;
  const configured = await tryGit(place, ["config", "--file", file, "--get", "core.worktree"]);
  if (configured.exitCode === 0) return resolve(commonDirectory, configured.stdout.trimEnd());
  const checkout = (await git(place, ["rev-parse", "--show-toplevel"])).trimEnd();
  return realPath(checkout) ?? checkout;
}
