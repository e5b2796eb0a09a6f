import { FleetError } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import { conversationRef } from "../../fleet/mirrors/arrivals.ts";
import { storeConversation } from "../../fleet/mirrors/conversation.ts";
import { takeOver, unmovable } from "../../fleet/mirrors/take-over.ts";
import { journalled } from "../../fleet/operations/journalled.ts";
import { killAgents } from "../../fleet/operations/kill/kill.ts";
import {
  destinationWords,
  finishingMove,
  type Move,
  moveInTheWay,
  movesOf,
} from "../../fleet/operations/move/pending-move.ts";
import { resumeAgent } from "../../fleet/operations/resume/resume.ts";
import { registered } from "../../fleet/operations/settleable.ts";
import { stopAgents } from "../../fleet/operations/stop/stop.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import { observeAgent } from "../../fleet/watch/observe.ts";
import { workNow } from "../../fleet/worktree/work-now.ts";
import { type AwayAgent, forgetAway, writeAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { beginOperation, endOperation } from "../../state/journal.ts";
import { ownerId } from "../../state/owner.ts";
import { branchesAt } from "../../system/git/branches.ts";
import { tryGit, withoutHooks } from "../../system/git/command.ts";
import { type Repository, requireRepository } from "../../system/git/repository.ts";
import { pushNewRefs } from "../../system/git/transport.ts";
import { shellWord } from "../../system/shell.ts";
import { awayRef, fetchedConversation, fetchWork } from "./fetch.ts";
import { endThere } from "./kill.ts";
import { lookAt, mirrorOn } from "./launch.ts";
import { ask, hostRows, type Machine, repositoryOn } from "./machine.ts";

/** An agent that is on another machine than before. */
export interface Moved {
  readonly entry: AgentEntry;
  /** The name of the host; `undefined` for this machine. */
  readonly host: string | undefined;
  /** It ran, and runs again. */
  readonly running: boolean;
  /** It goes on with its conversation. */
  readonly goesOn: boolean;
  /** What the user has to know. */
  readonly warnings: readonly string[];
}

/** An agent where it is: `machine` is absent for this one. */
export interface Whereabouts {
  readonly entry: AgentEntry;
  readonly away?: AwayAgent | undefined;
  readonly machine?: Machine | undefined;
}

/** All of an agent that goes along, as objects of the repository here. */
interface Luggage {
  readonly head: string;
  readonly commit: string;
  readonly unsaved: number;
  /** The blob of its conversation. */
  readonly conversation: string | undefined;
  readonly running: boolean;
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
  await requireFree(fleet, repository, from, to);
  const earlier = await earlierMoves(fleet, entry, to);
  const move = { agent: entry, to: destinationWords(to?.host.name) };
  const plan = { id: crypto.randomUUID().slice(0, 8), kind: "move", agents: [], new_branches: [], move } as const;
  const operation = { ...(await beginOperation(statePlaces(fleet), plan)), move };
  for (const { id } of earlier) endOperation(statePlaces(fleet), id);
  // What became of an earlier attempt is as unknown as before when this one fails.
  let mayBeThere = earlier.length > 0;
  let running = false;
  const carry = async () => {
    running = await halt(fleet, from);
    const luggage = { ...(await pack(fleet, repository, from)), running };
    const moved = await unpack(fleet, repository, { from, to, luggage }).catch((error: unknown) => {
      if (!saysNothing(error)) throw error;
      mayBeThere = true;
      throw untold(operation, to, error);
    });
    mayBeThere = true;
    const warnings = [...moved.warnings, ...(await leave(fleet, from))];
    await noteWhereabouts(fleet, repository, from, { to, luggage, moved });
    return { ...moved, warnings };
  };
  return journalled(fleet, operation, {
    body: (inJournal) =>
      carry().catch((error: unknown) => {
        if (mayBeThere) inJournal.leave();
        throw error;
      }),
    async takeBack() {
      if (running && !mayBeThere) await goOn(fleet, from);
    },
  });
}

/** Earlier attempts at the same move, which this one finishes. Throws FleetError `failed` when it may be on a third machine. */
async function earlierMoves(fleet: Fleet, entry: AgentEntry, to: Machine | undefined): Promise<readonly Move[]> {
  const problem = await moveInTheWay(fleet, entry, to?.host.name);
  if (problem !== undefined) throw problem;
  return movesOf(fleet, entry);
}

/** Its name has to be free where it goes, or be its own already. */
async function requireFree(
  fleet: Fleet,
  repository: Repository,
  { entry, away }: Whereabouts,
  to: Machine | undefined,
): Promise<void> {
  if (to === undefined) {
    const branch = (await branchesAt(gitAt(fleet, repository.commonDirectory), [entry.branch])).get(entry.branch);
    if (branch === undefined || away === undefined || registered(fleet, entry) !== undefined) return;
    throw new FleetError("failed", `there is a branch ${entry.branch} here already`, {
      hint: `to rename it, run git branch -m ${shellWord(entry.branch)} NEW-NAME`,
    });
  }
  const look = await lookAt(fleet, to, repository, await repositoryKey(fleet, repository));
  if (!look.taken.includes(entry.branch) || look.agents.some(({ id }) => id === entry.id)) return;
  throw new FleetError("failed", `the branch ${entry.branch} is taken on ${to.host.name}`, { code: "name-taken" });
}

/** Stops it, and says whether it ran. */
async function halt(fleet: Fleet, { entry, away, machine }: Whereabouts): Promise<boolean> {
  if (machine !== undefined) {
    const answer = await ask(fleet, machine, hostRows.stop, { targets: [entry.branch] }, away?.mirror);
    const [stopped] = answer.agents;
    if (stopped?.outcome === "stopped") return stopped.reason === null;
    throw new FleetError("failed", `${entry.branch} could not be stopped: ${stopped?.reason ?? "it is not there"}`);
  }
  const { status } = await observeAgent(fleet, entry);
  const [result] = await stopAgents(fleet, [entry]);
  if (result?.stopped === true) return !["stopped", "exited", "failed"].includes(status.word);
  throw new FleetError("failed", `${entry.branch} could not be stopped: ${result?.why ?? "nobody knows why"}`);
}

async function goOn(fleet: Fleet, { entry, away, machine }: Whereabouts): Promise<void> {
  if (machine === undefined) await resumeAgent(fleet, entry, { prompt: undefined, quick: false });
  else await ask(fleet, machine, hostRows.resume, { targets: [entry.branch] }, away?.mirror);
}

async function pack(
  fleet: Fleet,
  repository: Repository,
  { entry, away, machine }: Whereabouts,
): Promise<Omit<Luggage, "running">> {
  if (machine === undefined) {
    const work = await workNow(fleet, repository, entry);
    requireWhole(entry, work.unheld.files);
    return { ...work, conversation: await storeConversation(fleet, repository, entry) };
  }
  const { agents, failures } = await fetchWork(fleet, machine, away === undefined ? [] : [away], {
    conversations: true,
  });
  const [fetched] = agents;
  if (fetched === undefined) {
    throw new FleetError("failed", `${entry.branch}: ${failures[0]?.message ?? "its work could not be fetched"}`);
  }
  const conversation = await resolveObject(fleet, repository, fetchedConversation(entry.id));
  return { ...fetched.work, conversation };
}

/** A file that no snapshot holds would be lost where it was. */
function requireWhole({ branch }: AgentEntry, unheld: number): void {
  if (unheld === 0) return;
  throw new FleetError(
    "failed",
    `${unheld} unsaved files of ${branch} are more than save_limit allows, or have names git cannot write`,
    {
      hint: "to allow more, raise save_limit with fleet config edit; or let the agent commit them",
    },
  );
}

interface Journey {
  readonly from: Whereabouts;
  readonly to: Machine | undefined;
  readonly luggage: Luggage;
}

async function unpack(fleet: Fleet, repository: Repository, { from, to, luggage }: Journey): Promise<Moved> {
  const { entry } = from;
  if (to === undefined) {
    const taken = await takeOver(fleet, repository, { ...luggage, entry, owner: undefined });
    const warnings = taken.atRest === undefined ? [] : [`it is here, and does not run: ${taken.atRest.message}`];
    const running = luggage.running && taken.atRest === undefined;
    return { entry: taken.entry, host: undefined, running, goesOn: taken.goesOn, warnings };
  }
  const { name } = to.host;
  const key = await repositoryKey(fleet, repository);
  const mirror = await mirrorOn(fleet, to, repository, key);
  const pushed = crypto.randomUUID();
  const { head, commit, unsaved, conversation, running } = luggage;
  const refs = [
    { ref: `refs/fleet/in/${pushed}`, commit },
    ...(conversation === undefined ? [] : [{ ref: conversationRef(pushed), commit: conversation }]),
  ];
  await to.turn(() => pushNewRefs(gitAt(fleet, repository.commonDirectory), repositoryOn(to, mirror), refs));
  const owner = ownerId(statePlaces(fleet));
  const input = { key, pushed, owner, entry, head, commit, unsaved, conversation, running };
  const taken = await ask(fleet, to, hostRows.take, input);
  const warnings = taken.at_rest === null ? [] : [`it is on ${name}, and does not run: ${taken.at_rest}`];
  const there = { ...(taken.agent as AgentEntry), repo: repository.root };
  return { entry: there, host: name, running: running && taken.at_rest === null, goesOn: taken.goes_on, warnings };
}

/** Ends what is left of it where it was: all of it is on the other machine. What that cannot do is no reason to undo the move. */
async function leave(fleet: Fleet, { entry, away, machine }: Whereabouts): Promise<string[]> {
  try {
    if (machine === undefined) {
      const [result] = await killAgents(fleet, [entry], { branch: "delete", commitMessage: undefined });
      return result?.ended === false ? [`what it left here stays: ${result.why}`] : [];
    }
    if (away === undefined) return [];
    const { failures } = await endThere(fleet, machine, [away], { branch: "delete", commitMessage: undefined });
    return failures.map(({ message }) => `what it left on ${machine.host.name} stays: ${message}`);
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return [`what it left behind stays, stopped: ${error.message}`];
  }
}

async function noteWhereabouts(
  fleet: Fleet,
  repository: Repository,
  { entry, away }: Whereabouts,
  { to, luggage, moved }: Omit<Journey, "from"> & { readonly moved: Moved },
): Promise<void> {
  const places = statePlaces(fleet);
  const place = gitAt(fleet, repository.commonDirectory);
  const stale = [fetchedConversation(entry.id), ...(away === undefined ? [] : [awayRef(away.host, entry.branch)])];
  for (const ref of stale) await tryGit(place, [...withoutHooks, "update-ref", "-d", ref]);
  if (to === undefined) return forgetAway(places, entry.id);
  const { name: host } = to.host;
  const { head, commit, unsaved } = luggage;
  await tryGit(place, [...withoutHooks, "update-ref", awayRef(host, entry.branch), commit]);
  const mirror = await mirrorOn(fleet, to, repository, await repositoryKey(fleet, repository));
  const work = { head, commit, unsaved, fetched_at: new Date().toISOString() };
  writeAway(places, { v: 1, host, entry: moved.entry, mirror, work });
}

async function resolveObject(fleet: Fleet, { commonDirectory }: Repository, ref: string): Promise<string | undefined> {
  const { exitCode, stdout } = await tryGit(gitAt(fleet, commonDirectory), ["rev-parse", "--verify", "--quiet", ref]);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** The other machine has said nothing of what became of it. */
function saysNothing(error: unknown): boolean {
  return error instanceof FleetError && /^host-(?:link-lost|silent|unreachable)$/.test(error.code ?? "");
}

function untold(operation: Pick<Move, "move">, to: Machine | undefined, cause: unknown): FleetError {
  const { branch } = operation.move.agent;
  const name = to?.host.name ?? "this machine";
  return new FleetError("failed", `nobody can tell whether ${branch} is on ${name}; where it was it is stopped`, {
    code: "move-untold",
    cause,
    hint: `when ${name} is back, run ${finishingMove(operation)}: that finds out and finishes it`,
  });
}
