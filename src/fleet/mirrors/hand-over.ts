import { availableParallelism } from "node:os";
import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { memoryBytes } from "../../model/sandbox.ts";
import { type Amount, readEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { readRecords } from "../../state/records.ts";
import { readRegistry } from "../../state/registry.ts";
import { makePrivateDirectory } from "../../system/files.ts";
import { git, withoutHooks } from "../../system/git/command.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import type { Repository } from "../../system/git/repository.ts";
import { operationInProgress, takeSnapshot } from "../../system/git/snapshot.ts";
import { changesFromHead } from "../../system/git/status.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { atMost } from "../../system/limit.ts";
import { type Fleet, gitAt, gitIn, statePlaces } from "../fleet.ts";
import { divided, hiddenByUs } from "../worktree/save.ts";
import { takeInWork } from "../worktree/taken.ts";
import { requireMirror } from "./mirror.ts";

/** The work of an agent in a mirror, to be fetched. */
export interface WorkOnOffer {
  readonly entry: AgentEntry;
  /** Where it can be fetched from. */
  readonly ref: string;
  /** The commit that is checked out. */
  readonly head: string;
  /** What is at the ref: `head`, or a snapshot of the working tree on top of it. */
  readonly commit: string;
  /** How many files are in no commit of the agent's own. */
  readonly unsaved: number;
  /** What of them the snapshot does not hold, because it is too large or git cannot name it. */
  readonly unheld: Amount;
}

/** Work that cannot be offered, and why. */
interface Withheld {
  readonly entry: AgentEntry;
  readonly error: FleetError;
}

/**
 * Puts the work of an owner's agents, unsaved files included, where it can be fetched from a mirror. Agents, worktrees and branches stay as
 * they are. Of one that was killed it is what was saved.
 */
export async function offerWork(
  fleet: Fleet,
  { key, owner, ids }: { readonly key: string; readonly owner: string; readonly ids: readonly string[] },
): Promise<{ readonly offered: readonly WorkOnOffer[]; readonly withheld: readonly Withheld[] }> {
  const mirror = await requireMirror(fleet, key);
  const places = statePlaces(fleet);
  const live = readRegistry(places);
  const known = [...live, ...readRecords(places).filter(({ id }) => !live.some((entry) => entry.id === id))];
  const entries = known.filter(
    (entry) => entry.repo === mirror.root && entry.owner === owner && ids.includes(entry.id),
  );
  await takeInWork(fleet, entries);
  const limit = atMost(availableParallelism());
  const looked = await Promise.all(entries.map((entry) => limit(() => offer(fleet, mirror, entry))));
  const offered = looked.filter((one) => "ref" in one);
  await point(fleet, mirror, offered);
  return { offered, withheld: looked.filter((one) => "error" in one) };
}

/** All refs move in one step of git. */
async function point(fleet: Fleet, { root }: Repository, offered: readonly WorkOnOffer[]): Promise<void> {
  if (offered.length === 0) return;
  const input = offered.map(({ ref, commit }) => `update ${ref} ${commit}\n`).join("");
  await git(gitAt(fleet, root), [...withoutHooks, "update-ref", "--stdin"], { input });
}

async function offer(fleet: Fleet, mirror: Repository, entry: AgentEntry): Promise<WorkOnOffer | Withheld> {
  const ref = `refs/fleet/out/${entry.id}`;
  const nothing: Amount = { files: 0, bytes: 0 };
  try {
    const ending = readEnding(statePlaces(fleet), entry.id);
    if (ending !== undefined) {
      const { head, saved, unsaved, unheld = nothing } = ending;
      return { entry, ref, head, commit: saved ?? head, unsaved, unheld };
    }
    return { entry, ref, ...(await workNow(fleet, mirror, entry)) };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { entry, error };
  }
}

type WorkNow = Pick<WorkOnOffer, "head" | "commit" | "unsaved" | "unheld">;

async function workNow(fleet: Fleet, mirror: Repository, entry: AgentEntry): Promise<WorkNow> {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw new FleetError("failed", `${entry.worktree} is not a worktree of git any more`);
  const place = gitIn(fleet, entry);
  await requireOwnWorkTree(place);
  const { head, changes: seen } = await changesFromHead(place);
  const changes = [...seen, ...(await hiddenByUs(mirror, place, admin))];
  if (head === undefined) throw new FleetError("failed", `nothing is committed in ${entry.worktree}`);
  const { held, unheld } = divided(changes, entry.worktree, memoryBytes(fleet.settings.config.save_limit));
  const unsaved = changes.filter(({ absent }) => !absent).length;
  if (held.length === 0 && operationInProgress(admin) === undefined) return { head, commit: head, unsaved, unheld };
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(directory);
  const commit = await takeSnapshot({
    ...{ place, admin, changes: held },
    scratchIndex: join(directory, `index-${process.pid}-${crypto.randomUUID().slice(0, 8)}`),
    message: `${entry.branch}: unsaved work of the agent ${entry.id}\n`,
  });
  return { head, commit, unsaved, unheld };
}
