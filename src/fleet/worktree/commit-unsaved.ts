import type { AgentEntry } from "../../state/entry.ts";
import { isRealDirectory } from "../../system/files.ts";
import { uncommittedFiles } from "../../system/git/changes.ts";
import { git, withoutHooks } from "../../system/git/command.ts";
import { commitIndex, isAllElsewhere, isAnythingStaged, type Staged, stageAll } from "../../system/git/commit-all.ts";
import type { Repository } from "../../system/git/repository.ts";
import { adminDirectory, checkedOutBranch } from "../../system/git/worktrees.ts";
import { type Fleet, gitIn } from "../fleet.ts";
import { hiddenByUs } from "./hidden-by-us.ts";
import { requireAtItsPlace } from "./ownership.ts";
import { isRenamedTo } from "./renamed.ts";
import { isCommittable, requireCommittable } from "./unfinished.ts";

/** The filters of the repository may wait for a network; what takes longer than this hangs. */
const filterMilliseconds = 300_000;

/**
 * Puts all that is in no commit on the branch of an agent, without the hooks of the repository, as `fleet kill --commit` does. Where
 * everything is committed nothing is done. Throws FleetError `failed` with git's words, and where what there is is no work yet.
 */
export async function commitUnsaved(fleet: Fleet, entry: AgentEntry, message: string): Promise<void> {
  const place = gitIn(fleet, entry);
  requireAtItsPlace(entry);
  if (!isRealDirectory(entry.worktree) || (await uncommittedFiles({ ...place, cancelled: fleet.cancelled })) === 0)
    return;
  await requireCommittable(fleet, entry);
  const all = await stageAll({ ...place, cancelled: fleet.cancelled });
  nameRepositories(fleet, entry, all);
  if (await isAllElsewhere(place, all)) return;
  nameUnsigned(fleet, entry, await commitIndex(place, message));
}

/**
 * Puts everything that is not ignored on the agent's branch, also under the name that the agent gave it, as one commit of the user's, without
 * asking their hooks, and says what that commit has not. What is elsewhere or no work yet is left for the snapshot.
 */
export async function commitOwnWork(
  fleet: Fleet,
  repository: Repository,
  entry: AgentEntry,
  message: string,
): Promise<void> {
  const place = gitIn(fleet, entry);
  const admin = adminDirectory(entry.worktree);
  const branch = checkedOutBranch(entry.worktree);
  const isOwn = branch === entry.branch || isRenamedTo(repository, entry.branch, branch);
  if (admin === undefined || !isOwn || !(await isCommittable(place, admin))) return;
  const hidden = await hiddenByUs(repository, place, admin);
  const all = await stageAll({ ...place, cancelled: fleet.cancelled });
  if (hidden.length > 0) {
    const literal = hidden.map(({ path }) => `:(top,literal)${path}`);
    await git(place, [...withoutHooks, "add", "--force", "--", ...literal], {
      timeoutMilliseconds: filterMilliseconds,
    });
  }
  const unsigned = (await isAnythingStaged(place)) ? await commitIndex(place, message) : undefined;
  nameRepositories(fleet, entry, all);
  nameUnsigned(fleet, entry, unsigned);
}

/** Says what a commit has not of the repositories inside of a worktree: no more than which commit is checked out there, if any. */
export function nameRepositories(
  fleet: Fleet,
  { branch }: AgentEntry,
  { repositories, empty, submodules }: Staged,
): void {
  const name = (
    what: string,
    paths: readonly string[],
    [one, several] = ["a repository of its own", "repositories of their own"],
  ) => {
    if (paths.length === 0) return;
    const kind = paths.length === 1 ? one : several;
    const text = `${branch}: the commit has ${what} ${paths.join(", ")}, ${kind}`;
    fleet.report({ kind: "warning", text: `${text}; the files are in its worktree, which lives on` });
  };
  name("only the name of a commit of", repositories);
  name("nothing of", empty);
  name("nothing of what is not committed in", submodules, ["a submodule", "submodules"]);
}

/** Says why a commit of unsaved work is not signed, if so: where only signed ones are taken, it must be signed before it is pushed. */
function nameUnsigned(fleet: Fleet, { branch }: AgentEntry, why: string | undefined): void {
  if (why === undefined) return;
  const text = `${branch}: the commit is not signed: ${why}; to sign it, check the branch out and run git commit --amend --no-edit -S`;
  fleet.report({ kind: "warning", text });
}
