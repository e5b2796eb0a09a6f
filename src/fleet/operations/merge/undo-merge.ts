import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { forgetMerged, type Merged, readMerged } from "../../../state/merged.ts";
import { branchesAt } from "../../../system/git/branches.ts";
import { git, tryGit, withoutHooks } from "../../../system/git/command.ts";
import { requireRepository } from "../../../system/git/repository.ts";
import { withLock } from "../../../system/lock.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { hookMilliseconds } from "./commit.ts";
import { requireNotRebased } from "./rebased.ts";

const bounded = { timeoutMilliseconds: hookMilliseconds };

/**
 * Takes the last merge of these agents back: the target is again where it was. Throws FleetError `failed` when there was none, when
 * somebody has built on it, and when it would touch unsaved work in the target's checkout.
 */
export async function undoMerge(
  fleet: Fleet,
  entries: readonly AgentEntry[],
): Promise<{ readonly entry: AgentEntry; readonly merged: Merged }> {
  const places = statePlaces(fleet);
  const known = entries.flatMap((entry) => {
    const merged = readMerged(places, entry.id);
    return merged === undefined ? [] : [{ entry, merged }];
  });
  const [last] = known.sort((a, b) => Date.parse(b.merged.at) - Date.parse(a.merged.at));
  if (last === undefined) {
    throw new FleetError("failed", "there is no merge to take back", { hint: "to see what is there, run fleet list" });
  }
  const { entry, merged } = last;
  const repository = await requireRepository(gitAt(fleet, entry.repo));
  await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => {
    requireNotRebased(repository.commonDirectory, merged.target);
    const place = gitAt(fleet, repository.root);
    const branch = (await branchesAt(place, [merged.target])).get(merged.target);
    if (branch?.commit !== merged.new) {
      throw new FleetError("failed", `${merged.target} has moved since ${entry.branch} was merged`, {
        hint: `to take back that commit alone, run git revert ${merged.new.slice(0, 7)}`,
      });
    }
    if (branch.worktree === undefined) {
      const words = ["update-ref", "-m", "fleet merge --undo", `refs/heads/${merged.target}`, merged.old, merged.new];
      await git(place, words, bounded);
    } else {
      const there = gitAt(fleet, branch.worktree);
      const result = await tryGit(there, [...withoutHooks, ...putBack(merged)], bounded);
      if (result.exitCode !== 0) {
        throw new FleetError("failed", `${branch.worktree} has unsaved work that this would change`, {
          output: result.stderr,
          hint: `to see it, run git -C ${shellWord(branch.worktree)} status`,
        });
      }
    }
    forgetMerged(places, entry.id);
  });
  return last;
}

/**
 * Puts a branch and its checkout back where they were. `git reset --keep` would do that too, but it takes back what is staged, and forgets
 * what is staged alone; and it writes over ignored files.
 */
function putBack({ target, old }: Merged): string[] {
  return ["checkout", "--quiet", "--no-track", "--no-overwrite-ignore", "-B", target, old, "--"];
}
