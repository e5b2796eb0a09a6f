import { FleetError, reworded } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import { storeConversation } from "../../fleet/mirrors/conversation.ts";
import { takeOver } from "../../fleet/mirrors/take-over.ts";
import { destinationWords, finishingMove } from "../../fleet/operations/move/pending-move.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import { workNow } from "../../fleet/worktree/work-now.ts";
import type { Failure } from "../../model/wire/shared.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { ownerId } from "../../state/owner.ts";
import { arrivedConversationRef, arrivedRef, conversationRef } from "../../state/refs.ts";
import { tryGit } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { pushNewRefs } from "../../system/git/transport.ts";
import { errorOf } from "../failure.ts";
import { onTheirClock } from "./clock.ts";
import { credentialsToSend } from "./credentials.ts";
import { fetchWork } from "./fetch.ts";
import { bringLfsFiles } from "./lfs.ts";
import { ask, entryTold, hostRows, type Machine, repositoryOn } from "./machine.ts";
import { mirrorOn } from "./mirror.ts";
import { gitOnHost, onHost } from "./on-host.ts";
import { settingsOfAgents } from "./settings.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** All of an agent that goes along when it moves, as objects of the repository here. */
export interface Luggage {
  readonly head: string;
  readonly commit: string;
  readonly unsaved: number;
  /** The blob of its conversation. */
  readonly conversation: string | undefined;
}

/** An agent that has come to the machine it was to go to. */
export interface Arrived {
  readonly entry: AgentEntry;
  readonly running: boolean;
  /** It goes on with its conversation. */
  readonly goesOn: boolean;
  /** The mirror of the repository on another machine. */
  readonly mirror?: string;
  readonly warnings: readonly string[];
}

/** Takes in all that an agent has, which stays where it is. Throws FleetError `failed` for what cannot be carried whole. */
export async function pack(
  fleet: Fleet,
  repository: Repository,
  { entry, away, machine }: Whereabouts,
): Promise<Luggage> {
  if (machine === undefined) {
    const work = await workNow(fleet, repository, entry);
    requireWhole(entry, work.unheld.files);
    return { ...work, conversation: await storeConversation(fleet, repository, entry) };
  }
  const { agents, failures } = await fetchWork(fleet, machine, away === undefined ? [] : [away], {
    conversations: true,
  });
  const [fetched] = agents;
  const [failure] = failures;
  if (fetched === undefined) throw onHost(machine.host.name, unfetched(entry, failure));
  const conversation = await resolveObject(fleet, repository, conversationRef(entry.id));
  return { ...fetched.work, conversation };
}

function unfetched({ branch }: AgentEntry, failure: Failure | undefined): FleetError {
  const unknown = "its work could not be fetched";
  const error = failure === undefined ? new FleetError("failed", unknown) : errorOf(failure, unknown);
  const { message } = error;
  return message.startsWith(`${branch} `) ? error : reworded(error, { message: `${branch}: ${message}` });
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

/** An agent on its way. */
export interface Journey {
  readonly entry: AgentEntry;
  /** Absent for this machine. */
  readonly to: Machine | undefined;
  readonly luggage: Luggage;
  /** It ran, and is to go on. */
  readonly ran: boolean;
  /** Its worktree, when it comes from this machine. */
  readonly worktree: string | undefined;
}

/** The code of the error for an agent that may be on the machine it was to go to. */
export const untoldCode = "move-untold";

/**
 * Makes an agent one of the machine it goes to, or completes that.
 * @throws {FleetError} `failed` with the code `move-untold` when the machine was asked and never answered; after any other error the agent
 *   is not there
 */
export async function unpack(fleet: Fleet, repository: Repository, journey: Journey): Promise<Arrived> {
  const { entry, to, luggage, ran: running } = journey;
  if (to !== undefined) return unpackThere(fleet, repository, { ...journey, to });
  const taken = await takeOver(fleet, repository, { ...luggage, running, entry, owner: undefined, files: [] });
  return {
    entry: taken.entry,
    running: running && taken.atRest === undefined,
    goesOn: taken.goesOn,
    warnings: taken.atRest === undefined ? [] : [`it is here, and does not run: ${taken.atRest.message}`],
  };
}

async function unpackThere(
  fleet: Fleet,
  repository: Repository,
  { entry, to, luggage, ran: running, worktree }: Journey & { readonly to: Machine },
): Promise<Arrived> {
  const key = await repositoryKey(fleet, repository);
  const mirror = await mirrorOn(fleet, to, repository, key);
  const pushed = crypto.randomUUID();
  const { head, commit, unsaved, conversation } = luggage;
  const refs = [
    { ref: arrivedRef(pushed), commit },
    ...(conversation === undefined ? [] : [{ ref: arrivedConversationRef(pushed), commit: conversation }]),
  ];
  await gitOnHost(
    to.host.name,
    to.turn(() => pushNewRefs(gitAt(fleet, repository.commonDirectory), repositoryOn(to, mirror), refs)),
  );
  await bringLfsFiles(fleet, to, { repository, key }, [commit]);
  const owner = ownerId(statePlaces(fleet));
  const mayHaveThem = to.host.settings.credentials === true;
  const files = mayHaveThem ? await credentialsToSend(fleet, repository, to.host.name, worktree) : [];
  const settings = settingsOfAgents(fleet, repository.root);
  const leaving = { ...entry, created_at: onTheirClock(to, entry.created_at) };
  const input = { key, pushed, owner, entry: leaving, head, commit, unsaved, conversation, running, files, settings };
  const taken = await ask(fleet, to, hostRows.take, input).catch((error: unknown) => {
    throw saysNothing(error) ? untold(entry, to, error) : error;
  });
  const { agent, at_rest: atRest, goes_on: goesOn } = taken;
  return {
    entry: entryTold(to, agent, repository.root),
    running: running && atRest === null,
    goesOn,
    mirror,
    warnings: atRest === null ? [] : [`it is on ${to.host.name}, and does not run: ${atRest}`],
  };
}

/** Whether a machine has said nothing of what became of a call. */
export function saysNothing(error: unknown): boolean {
  return error instanceof FleetError && /^host-(?:link-lost|silent|unreachable)$/.test(error.code ?? "");
}

function untold(agent: AgentEntry, { host: { name } }: Machine, cause: unknown): FleetError {
  const finish = finishingMove({ move: { agent, to: destinationWords(name) } });
  return new FleetError("failed", `nobody can tell whether ${agent.branch} is on ${name}; where it was it is stopped`, {
    code: untoldCode,
    cause,
    hint: `when ${name} is back, run ${finish}: that finds out and finishes it`,
  });
}

async function resolveObject(fleet: Fleet, { commonDirectory }: Repository, ref: string): Promise<string | undefined> {
  const { exitCode, stdout } = await tryGit(gitAt(fleet, commonDirectory), ["rev-parse", "--verify", "--quiet", ref]);
  return exitCode === 0 ? stdout.trim() : undefined;
}
