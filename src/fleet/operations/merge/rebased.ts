import { FleetError } from "../../../errors.ts";
import { rebasing } from "../../../system/git/in-progress.ts";
import { shellWord } from "../../../system/shell.ts";

/** Throws FleetError `failed` for a branch that is in the middle of a rebase: at its end that would put the branch to where it will. */
export function requireNotRebased(commonDirectory: string, branch: string): void {
  const where = rebasing(commonDirectory, branch);
  if (where === undefined) return;
  throw new FleetError("failed", `${branch} is in the middle of a rebase, which would undo the merge`, {
    hint: `to see it, run git --git-dir=${shellWord(where)} status`,
  });
}
