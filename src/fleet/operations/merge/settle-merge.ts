import { statSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../../../errors.ts";
import type { Operation } from "../../../state/journal.ts";
import { writeMerged } from "../../../state/merged.ts";
import { exists, realPath, removeTree } from "../../../system/files.ts";
import { tipOf } from "../../../system/git/advance.ts";
import { type GitPlace, git } from "../../../system/git/command.ts";
import { workingDirectoryOf } from "../../../system/processes/proc.ts";
import { processStarts, readProcessTable } from "../../../system/processes/table.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { putBack } from "./put-back.ts";

/** How long a git that outlived its `fleet` may take to end. */
const patienceMilliseconds = 5000;

/**
 * Ends a merge that was interrupted: when the branch has moved it is done; when it has not, files that git had changed in the checkout
 * already get back their content of before. Throws FleetError `failed` when a file there is neither as before nor as merged.
 */
export async function settleMerge(fleet: Fleet, { agents, merge }: Operation): Promise<void> {
  const [entry] = agents;
  if (merge === undefined || entry === undefined) return;
  const { worktree, ...merged } = merge;
  const place = gitAt(fleet, worktree ?? entry.repo);
  if (worktree !== null) await untilUnlocked(place, merged.at);
  if ((await tipOf(place, `refs/heads/${merged.target}`)) === merged.new) {
    writeMerged(statePlaces(fleet), entry.id, merged);
    fleet.report({ kind: "note", text: `${entry.branch}: its merge was interrupted; it is in ${merged.target}` });
    return;
  }
  if (worktree !== null) await putBack(fleet, { ...merged, entry, worktree });
  fleet.report({
    kind: "note",
    text: `${entry.branch}: its merge was interrupted; ${merged.target} is as before; run fleet merge again`,
  });
}

/**
 * The lock may be one of the merge, of a git that still runs or has died, or of the user. One that is younger than the merge while no git
 * runs there is of a git that died: it holds up everything in this checkout, and nobody will ever take it away.
 */
async function untilUnlocked(place: GitPlace, since: string): Promise<void> {
  const admin = (await git(place, ["rev-parse", "--absolute-git-dir"])).trimEnd();
  const lock = join(admin, "index.lock");
  const deadline = performance.now() + patienceMilliseconds;
  while (exists(lock)) {
    if (performance.now() > deadline) {
      if (await isOfDeadGit(place.directory, lock, since)) return removeTree(lock);
      throw new FleetError("failed", `git is at work in ${place.directory}, or has died there: ${lock}`, {
        hint: `when no git runs there any more, run rm ${shellWord(lock)}`,
      });
    }
    await Bun.sleep(20);
  }
}

async function isOfDeadGit(checkout: string, lock: string, since: string): Promise<boolean> {
  const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined || made < Date.parse(since)) return false;
  const table = await readProcessTable();
  const gits = [...table.values()].filter(({ name, zombie }) => !zombie && /^git\b/.test(name));
  const root = realPath(checkout) ?? checkout;
  const mayBeThere = gits.filter(({ pid }) => {
    const directory = workingDirectoryOf(pid);
    return directory === undefined || directory === root || directory.startsWith(`${root}/`);
  });
  // On a busy machine a git often ends between two looks, and its directory cannot be told then.
  return (await processStarts(mayBeThere.map(({ pid }) => pid))).size === 0;
}
