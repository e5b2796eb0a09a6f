import { availableParallelism } from "node:os";
import { FleetError } from "../../errors.ts";
import { type Amount, readEnding } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readRecords } from "../../state/records.ts";
import { conversationRef, offeredRef } from "../../state/refs.ts";
import { readRegistry } from "../../state/registry.ts";
import { git, withoutHooks } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { atMost } from "../../system/limit.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { takeInWork } from "../worktree/taken.ts";
import { type WorkNow, workNow } from "../worktree/work-now.ts";
import { storeConversation } from "./conversation.ts";
import { requireMirror } from "./mirror.ts";
import { requirePortable } from "./portable.ts";

/** The work of an agent in a mirror, to be fetched. */
export interface WorkOnOffer extends WorkNow {
  readonly entry: AgentEntry;
  /** Where it can be fetched from. */
  readonly ref: string;
  /** Whether it was killed: then this is its work as it was saved. */
  readonly ended: boolean;
  /** Where its conversation can be fetched from, as a blob; absent where nobody asked, and where there is none to carry. */
  readonly conversation?: string;
}

/** Work that cannot be offered, and why. */
interface Withheld {
  readonly entry: AgentEntry;
  readonly error: FleetError;
}

interface Wanted {
  readonly key: string;
  readonly owner: string;
  readonly ids: readonly string[];
  /** Their conversations, too. */
  readonly conversations: boolean;
}

/**
 * Puts the work of an owner's agents, unsaved files included, where it can be fetched from a mirror. Agents, worktrees and branches stay as
 * they are. Of one that was killed it is what was saved.
 */
export async function offerWork(
  fleet: Fleet,
  { key, owner, ids, conversations }: Wanted,
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
  const looked = await Promise.all(entries.map((entry) => limit(() => offer(fleet, mirror, entry, conversations))));
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

async function offer(
  fleet: Fleet,
  mirror: Repository,
  entry: AgentEntry,
  withConversation: boolean,
): Promise<WorkOnOffer | Withheld> {
  const ref = offeredRef(entry.id);
  const nothing: Amount = { files: 0, bytes: 0 };
  try {
    const ending = readEnding(statePlaces(fleet), entry.id);
    if (ending !== undefined) {
      const { head, saved, unsaved, unheld = nothing } = ending;
      return { entry, ref, ended: true, head, commit: saved ?? head, unsaved, unheld };
    }
    // The conversation is asked for by a move.
    if (withConversation) await requirePortable(fleet, entry);
    const work = { entry, ref, ended: false, ...(await workNow(fleet, mirror, entry)) };
    const blob = withConversation ? await storeConversation(fleet, mirror, entry) : undefined;
    if (blob === undefined) return work;
    const conversation = conversationRef(entry.id);
    await git(gitAt(fleet, mirror.root), [...withoutHooks, "update-ref", conversation, blob]);
    return { ...work, conversation };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { entry, error };
  }
}
