import { type GitPlace, gitFailure, tryGit } from "../../../system/git/command.ts";

/** Hooks, and programs that sign, that take longer than this hang. */
export const hookMilliseconds = 300_000;

/** Makes a commit, signed where the user signs: `commit-tree` itself does not look. Throws FleetError `failed` with git's words. */
export async function commitTree(
  place: GitPlace,
  tree: string,
  parents: readonly string[],
  message: string,
): Promise<string> {
  const signing = await tryGit(place, ["config", "--type=bool", "--get", "commit.gpgSign"]);
  const sign = signing.stdout.trim() === "true" ? ["-S"] : [];
  const args = ["commit-tree", ...sign, tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  const result = await tryGit(place, args, { input: message, timeoutMilliseconds: hookMilliseconds });
  if (result.exitCode !== 0) throw gitFailure(result);
  return result.stdout.trim();
}
