import { join } from "node:path";
import type { AgentEntry } from "../../../state/entry.ts";
import type { Merged } from "../../../state/merged.ts";
import { exists } from "../../../system/files.ts";
import { type GitPlace, tryGit } from "../../../system/git/command.ts";
import { movedSubmodules } from "../../../system/git/submodules.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt } from "../../fleet.ts";

/**
 * Warns where a merge has moved a submodule to a commit that only the worktree of the agent has: git merges the name of the commit and
 * not the commit, and says nothing. Whoever fetches the branch could not check it out. `place` is the checkout that it went into.
 */
export async function warnOfUnsharedSubmodules(
  fleet: Fleet,
  entry: AgentEntry,
  place: GitPlace,
  { old, new: made }: Pick<Merged, "old" | "new">,
): Promise<void> {
  for (const { path, commit } of await movedSubmodules(place, old, made)) {
    const [here, there] = [join(place.directory, path), join(entry.worktree, path)];
    const isHere = exists(join(here, ".git"));
    if (isHere && (await hasCommit(gitAt(fleet, here), commit))) continue;
    if (!exists(join(there, ".git")) || (await isPublished(gitAt(fleet, there), commit))) continue;
    const line = isHere
      ? `git -C ${shellWord(here)} fetch ${shellWord(there)} HEAD`
      : `git -C ${shellWord(there)} push origin ${commit}:refs/heads/${shellWord(entry.branch)}`;
    const text = `${entry.branch}: ${path} is at ${commit.slice(0, 7)} now, a commit that only its worktree has; to ${isHere ? "have it here" : "publish it"}, run ${line}`;
    fleet.report({ kind: "warning", text });
  }
}

async function hasCommit(place: GitPlace, commit: string): Promise<boolean> {
  return (await tryGit(place, ["cat-file", "-e", `${commit}^{commit}`])).exitCode === 0;
}

/** As far as is known there, without asking anybody. */
async function isPublished(place: GitPlace, commit: string): Promise<boolean> {
  const words = ["for-each-ref", "--count=1", "--contains", commit, "--format=%(refname)", "refs/remotes", "refs/tags"];
  const { exitCode, stdout } = await tryGit(place, words);
  // What git cannot tell is no reason to warn: the commit is not even there.
  return exitCode !== 0 || stdout !== "";
}
