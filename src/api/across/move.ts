import { FleetError } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import { requirePortable } from "../../fleet/mirrors/portable.ts";
import { unmovable } from "../../fleet/mirrors/take-over.ts";
import { journalled } from "../../fleet/operations/journalled.ts";
import { destinationWords, type Move, moveInTheWay, movesOf } from "../../fleet/operations/move/pending-move.ts";
import { registered } from "../../fleet/operations/settleable.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import { forgetAway, writeAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { beginOperation, endOperation } from "../../state/journal.ts";
import { awayRef, conversationRef } from "../../state/refs.ts";
import { branchesAt } from "../../system/git/branches.ts";
import { tryGit, withoutHooks } from "../../system/git/command.ts";
import { type Repository, requireRepository } from "../../system/git/repository.ts";
import { shellWord } from "../../system/shell.ts";
import { type Arrived, type Luggage, pack, saysNothing, unpack, untoldCode } from "./luggage.ts";
import type { Machine } from "./machine.ts";
import { lookAt } from "./survey.ts";
import { goOn, halt, leave, stateOf, type Whereabouts } from "./whereabouts.ts";

/** An agent that is on another machine than before. */
export interface Moved {
  readonly entry: AgentEntry;
  /** The name of the host; `undefined` for this machine. */
  readonly host: string | undefined;
  /** It ran, and runs again. */
  readonly running: boolean;
  /** It goes on with its conversation; `undefined` when an earlier attempt has brought it there. */
  readonly goesOn: boolean | undefined;
  /** What the user has to know. */
  readonly warnings: readonly string[];
}

/**
 * Moves an agent to another machine, or to this one when `to` is absent: it is stopped, goes with its branch, its unsaved files, what git was
 * in the middle of and its conversation where its CLI goes on with that elsewhere, and is started there. What fails before it is there is
 * taken back: it runs on where it was. When nobody can tell whether it is there, it stays stopped, and the same command finds out.
 */
export async function moveAgent(fleet: Fleet, from: Whereabouts, to: Machine | undefined): Promise<Moved> {
  const { entry } = from;
  const problem = unmovable(entry);
  if (problem !== undefined) throw problem;
  const repository = await requireRepository(gitAt(fleet, entry.repo));
  if (from.machine === undefined) await requirePortable(fleet, entry);
  const { isThere } = await requireFree(fleet, repository, from, to);
  const earlier = await earlierMoves(fleet, entry, to);
  const state = await stateOf(fleet, from);
  const ran = state === "runs" || earlier.some(({ move }) => move.ran === true);
  const operation = await begin(fleet, from, { to, ran });
  for (const { id } of earlier) endOperation(statePlaces(fleet), id);
  // What became of an earlier attempt is as unknown as before when this one fails.
  let mayBeThere = earlier.length > 0;
  // Or may be: a machine that falls silent may have stopped it.
  let isHalted = false;
  const carry = async (): Promise<Moved> => {
    if (state === "gone") return arrivedBefore(fleet, from, { to, isThere, ran });
    await halt(fleet, from).catch((error: unknown) => {
      isHalted = saysNothing(error);
      throw error;
    });
    isHalted = true;
    const luggage = await pack(fleet, repository, from);
    const worktree = from.machine === undefined ? entry.worktree : undefined;
    const arrived = await unpack(fleet, repository, { entry, to, luggage, ran, worktree }).catch((error: unknown) => {
      if (error instanceof FleetError && error.code === untoldCode) mayBeThere = true;
      throw error;
    });
    mayBeThere = true;
    await noteWhereabouts(fleet, repository, from, { to, luggage, arrived });
    const warnings = [...arrived.warnings, ...(await leave(fleet, from))];
    return { ...arrived, host: to?.host.name, warnings };
  };
  return journalled(fleet, operation, {
    body: (inJournal) =>
      carry().catch((error: unknown) => {
        if (mayBeThere) inJournal.leave();
        throw error;
      }),
    async takeBack() {
      if (ran && isHalted && !mayBeThere) await goOn(fleet, from);
    },
  });
}

async function begin(
  fleet: Fleet,
  { entry, away }: Whereabouts,
  { to, ran }: { readonly to: Machine | undefined; readonly ran: boolean },
): Promise<Move> {
  const from = away === undefined ? undefined : { host: away.host, mirror: away.mirror };
  const move = { agent: entry, to: destinationWords(to?.host.name), ran, ...(from === undefined ? {} : { from }) };
  const plan = { id: crypto.randomUUID().slice(0, 8), kind: "move", agents: [], new_branches: [], move } as const;
  return { ...(await beginOperation(statePlaces(fleet), plan)), move };
}

/** Earlier attempts at the same move, which this one finishes. Throws FleetError `failed` when it may be on a third machine. */
async function earlierMoves(fleet: Fleet, entry: AgentEntry, to: Machine | undefined): Promise<readonly Move[]> {
  const problem = await moveInTheWay(fleet, entry, to?.host.name);
  if (problem !== undefined) throw problem;
  return movesOf(fleet, entry);
}

/** Its name has to be free where it goes, or be its own already: whether it is. Throws FleetError `failed` when it is neither. */
async function requireFree(
  fleet: Fleet,
  repository: Repository,
  { entry, away }: Whereabouts,
  to: Machine | undefined,
): Promise<{ readonly isThere: boolean }> {
  if (to === undefined) {
    const isThere = registered(fleet, entry) !== undefined;
    const branch = (await branchesAt(gitAt(fleet, repository.commonDirectory), [entry.branch])).get(entry.branch);
    if (branch === undefined || away === undefined || isThere) return { isThere };
    throw new FleetError("failed", `there is a branch ${entry.branch} here already`, {
      hint: `to rename it, run git branch -m ${shellWord(entry.branch)} NEW-NAME`,
    });
  }
  const look = await lookAt(fleet, to, repository, await repositoryKey(fleet, repository));
  const isThere = look.agents.some(({ id }) => id === entry.id);
  if (isThere || !look.taken.includes(entry.branch)) return { isThere };
  throw new FleetError("failed", `the branch ${entry.branch} is taken on ${to.host.name}`, { code: "name-taken" });
}

/** An earlier attempt came so far that nothing of the agent is left where it was. Throws FleetError `failed` when it is nowhere. */
function arrivedBefore(
  fleet: Fleet,
  { entry, away, machine }: Whereabouts,
  { to, isThere, ran }: { readonly to: Machine | undefined; readonly isThere: boolean; readonly ran: boolean },
): Moved {
  if (!isThere) {
    throw new FleetError("failed", `${machine?.host.name ?? "this machine"} knows no agent ${entry.branch}`, {
      code: "unknown-target",
      hint: "to see which there are, run fleet list",
    });
  }
  if (to === undefined && away !== undefined) forgetAway(statePlaces(fleet), entry.id);
  return { entry, host: to?.host.name, running: ran, goesOn: undefined, warnings: [] };
}

/** From here on it is known to be where it is now: what is still to be done is to clear what it left behind. */
async function noteWhereabouts(
  fleet: Fleet,
  repository: Repository,
  { entry, away }: Whereabouts,
  { to, luggage, arrived }: { readonly to: Machine | undefined; readonly luggage: Luggage; readonly arrived: Arrived },
): Promise<void> {
  const places = statePlaces(fleet);
  const place = gitAt(fleet, repository.commonDirectory);
  const stale = [conversationRef(entry.id), ...(away === undefined ? [] : [awayRef(away.host, entry.branch)])];
  for (const ref of stale) await tryGit(place, [...withoutHooks, "update-ref", "-d", ref]);
  if (to === undefined) return forgetAway(places, entry.id);
  const { name: host } = to.host;
  const { head, commit, unsaved } = luggage;
  await tryGit(place, [...withoutHooks, "update-ref", awayRef(host, entry.branch), commit]);
  const work = { head, commit, unsaved, fetched_at: new Date().toISOString() };
  writeAway(places, { v: 1, host, entry: arrived.entry, mirror: arrived.mirror ?? "", work });
}
