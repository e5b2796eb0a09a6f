import { FleetError } from "../../../errors.ts";
import { type GitPlace, gitFailure, tryGit } from "../../../system/git/command.ts";

/** Hooks, and programs that sign, that take longer than this hang. */
export const hookMilliseconds = 300_000;

/** Whether the user signs commits there: `commit-tree` itself does not look. */
export async function signsCommits(place: GitPlace): Promise<boolean> {
  return (await tryGit(place, ["config", "--type=bool", "--get", "commit.gpgSign"])).stdout.trim() === "true";
}

interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly signs: boolean;
}

/** Makes a commit. Throws FleetError `failed` with git's words. */
export async function commitTree(place: GitPlace, { tree, parents, message, signs }: NewCommit): Promise<string> {
  const sign = signs ? ["-S"] : [];
  const args = ["commit-tree", ...sign, tree, ...parents.flatMap((parent) => ["-p", parent]), "-F", "-"];
  const result = await tryGit(place, args, { input: message, timeoutMilliseconds: hookMilliseconds });
  if (result.exitCode === 0) return result.stdout.trim();
  const { message: why, output } = gitFailure(result);
  throw new FleetError("failed", signs ? "the commit could not be signed" : why, {
    ...(output === undefined ? {} : { output }),
    ...(signs ? { hint: "to try your key, run git commit-tree -S -m try HEAD^{tree}" } : {}),
  });
}
