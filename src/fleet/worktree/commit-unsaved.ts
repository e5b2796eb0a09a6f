import type { AgentEntry } from "../../state/entry.ts";
import { isRealDirectory } from "../../system/files.ts";
import { uncommittedFiles } from "../../system/git/changes.ts";
import { commitIndex, isAllElsewhere, stageAll } from "../../system/git/commit-all.ts";
import { type Fleet, gitIn } from "../fleet.ts";
import { requireAtItsPlace } from "./ownership.ts";
import { nameRepositories, nameUnsigned } from "./save.ts";
import { requireCommittable } from "./unfinished.ts";

/**
 * Puts all that is in no commit on the branch of an agent, without the hooks of the repository, as `fleet kill --commit` does. Where
 * everything is committed nothing is done. Throws FleetError `failed` with git's words, and where what there is is no work yet.
 */
export async function commitUnsaved(fleet: Fleet, entry: AgentEntry, message: string): Promise<void> {
  const place = gitIn(fleet, entry);
  requireAtItsPlace(entry);
  if (!isRealDirectory(entry.worktree) || (await uncommittedFiles(place)) === 0) return;
  await requireCommittable(fleet, entry);
  const all = await stageAll(place);
  nameRepositories(fleet, entry, all);
  if (await isAllElsewhere(place, all)) return;
  nameUnsigned(fleet, entry, await commitIndex(place, message));
}
