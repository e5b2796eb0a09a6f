import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { memoryBytes } from "../../model/sandbox.ts";
import type { Amount } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { makePrivateDirectory } from "../../system/files.ts";
import { operationInProgress } from "../../system/git/in-progress.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import type { Repository } from "../../system/git/repository.ts";
import { takeSnapshot } from "../../system/git/snapshot.ts";
import { changesFromHead } from "../../system/git/status.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { type Fleet, gitIn, statePlaces } from "../fleet.ts";
import { hiddenByUs } from "./hidden-by-us.ts";
import { divided } from "./save-limit.ts";

/** All that is in the worktree of an agent at one moment, as a commit of its repository that no ref keeps. */
export interface WorkNow {
  /** The commit that is checked out. */
  readonly head: string;
  /** `head`, or a snapshot of the working tree on top of it. */
  readonly commit: string;
  /** How many files are in no commit of the agent's own. */
  readonly unsaved: number;
  /** What of them the snapshot does not hold, because it is too large or git cannot name it. */
  readonly unheld: Amount;
}

/** Looks at the worktree of an agent, which stays as it is. Throws FleetError `failed` when it is gone or has no commit. */
export async function workNow(fleet: Fleet, repository: Repository, entry: AgentEntry): Promise<WorkNow> {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `${entry.worktree} is not a worktree of git any more`);
  const place = gitIn(fleet, entry);
  await requireOwnWorkTree(place);
  const { head, changes: seen } = await changesFromHead(place);
  const changes = [...seen, ...(await hiddenByUs(repository, place, admin))];
  if (head === undefined) throw new FleetError("failed", `nothing is committed in ${entry.worktree}`);
  const { held, unheld } = divided(changes, entry.worktree, memoryBytes(fleet.settings.config.save_limit));
  const unsaved = changes.filter(({ absent }) => !absent).length;
  if (held.length === 0 && operationInProgress(admin) === undefined) return { head, commit: head, unsaved, unheld };
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(directory);
  const commit = await takeSnapshot({
    place,
    admin,
    changes: held,
    scratchIndex: join(directory, `index-${process.pid}-${crypto.randomUUID().slice(0, 8)}`),
    message: `${entry.branch}: unsaved work of the agent ${entry.id}\n`,
  });
  return { head, commit, unsaved, unheld };
}
