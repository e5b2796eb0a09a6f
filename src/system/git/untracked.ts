import { join } from "node:path";
import { exists } from "../files.ts";
import { type GitPlace, git, gitFailure, tryGit } from "./command.ts";

/**
 * The untracked files of a checkout, ignored ones too, that a pathspec names; relative to its root, in git's order. A repository
 * inside of it is one name that ends in `/`.
 */
export async function untrackedFiles(place: GitPlace, pathspec: string): Promise<string[]> {
  const text = await git(place, ["ls-files", "-z", "--others", "--", pathspec]);
  return text.split("\0").filter(Boolean);
}

/** The submodules of a worktree, initialised or not: git answers no question about paths in them. One call, where there are any. */
export async function submodules(place: GitPlace): Promise<string[]> {
  if (!exists(join(place.directory, ".gitmodules"))) return [];
  const rows = (await git(place, ["ls-files", "-z", "--stage"])).split("\0");
  return rows.filter((row) => row.startsWith("160000 ")).map((row) => row.slice(row.indexOf("\t") + 1));
}

/**
 * Those of the paths, relative to a worktree, that no ignore rule covers: git would show them as untracked. None of them may lead
 * through a link or into a submodule.
 */
export async function unignoredPaths(place: GitPlace, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const result = await tryGit(place, ["check-ignore", "-z", "--stdin"], {
    input: paths.map((path) => `${path}\0`).join(""),
  });
  // 1 says that none is ignored.
  if (result.exitCode !== 0 && result.exitCode !== 1) throw gitFailure(result, place);
  const ignored = new Set(result.stdout.split("\0"));
  return paths.filter((path) => !ignored.has(path));
}
