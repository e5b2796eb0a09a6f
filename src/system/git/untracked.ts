import { type GitPlace, git, gitFailure, tryGit } from "./command.ts";

/**
 * The untracked files of a checkout, ignored ones too, that a pathspec names; relative to its root, in git's order. A repository
 * inside of it is one name that ends in `/`.
 */
export async function untrackedFiles(place: GitPlace, pathspec: string): Promise<string[]> {
  const text = await git(place, ["ls-files", "-z", "--others", "--", pathspec]);
  return text.split("\0").filter(Boolean);
}

/** Those of the paths, relative to a worktree, that no ignore rule covers: git would show them as untracked. */
export async function unignoredPaths(place: GitPlace, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) return [];
  const result = await tryGit(place, ["check-ignore", "-z", "--stdin"], {
    input: paths.map((path) => `${path}\0`).join(""),
  });
  // 1 says that none is ignored.
  if (result.exitCode !== 0 && result.exitCode !== 1) throw gitFailure(result);
  const ignored = new Set(result.stdout.split("\0"));
  return paths.filter((path) => !ignored.has(path));
}
