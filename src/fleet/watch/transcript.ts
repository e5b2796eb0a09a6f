import type { AgentAdapter, ConversationPart, FinishedTurn, TranscriptPlace } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { asAgentSees } from "../../state/home.ts";
import { type AgentFiles, agentFiles, statusFileOf } from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { writtenAt } from "./runtime.ts";

/** Where the transcript of an agent is to be looked for. */
export function transcriptPlace(fleet: Pick<Fleet, "settings" | "environment">, entry: AgentEntry): TranscriptPlace {
  return placeOf(entry, agentFiles(statePlaces(fleet), entry.id), fleet.environment);
}

/** Where the transcript of an agent is whose files are known: in its own home, and only for one that has kept none in the caller's. */
export function placeOf(entry: AgentEntry, files: AgentFiles, environment: Environment): TranscriptPlace {
  return {
    worktree: entry.worktree,
    ...earlierPlaces(entry),
    agentSession: entry.agent_session,
    startedAt: new Date(entry.created_at),
    statusFile: statusFileOf(files, entry),
    environment: asAgentSees(files, environment),
  };
}

function earlierPlaces({ earlier_worktrees: earlier }: AgentEntry): Pick<TranscriptPlace, "earlier"> {
  if (earlier === undefined) return {};
  return { earlier: earlier.map(({ path, until }) => ({ worktree: path, until: new Date(until) })) };
}

/** Whether this kind of agent writes one that we can read, and this one was not seen to keep none. */
export function hasTranscript(fleet: Fleet, entry: AgentEntry): boolean {
  return witnessOf(fleet, entry)?.lastTurn !== undefined;
}

/** The adapter that tells what an agent took and did; `undefined` for one that was seen to work and to write none of it down. */
export function witnessOf(fleet: Fleet, entry: AgentEntry): AgentAdapter | undefined {
  const hasBegun = writtenAt(agentFiles(statePlaces(fleet), entry.id), "begun") !== undefined;
  const isSilent = hasBegun && lastTurn(fleet, entry) === undefined;
  return isSilent ? undefined : findAgent(entry.agent, fleet.settings.config.agents);
}

/** What an agent's own transcript says of its last turn. */
export function lastTurn(fleet: Fleet, entry: AgentEntry): FinishedTurn | undefined {
  return findAgent(entry.agent, fleet.settings.config.agents)?.lastTurn?.(transcriptPlace(fleet, entry));
}

/** The last reply of an agent; empty when it has given none, or none that we can read. */
export function lastReply(fleet: Fleet, entry: AgentEntry): string {
  return lastTurn(fleet, entry)?.reply ?? "";
}

/** What was said and done, the newest first; `undefined` when this kind of agent writes nothing that we can read. */
export function conversationOf(fleet: Fleet, entry: AgentEntry): Iterable<ConversationPart> | undefined {
  return findAgent(entry.agent, fleet.settings.config.agents)?.conversation?.(transcriptPlace(fleet, entry));
}

/** Whether the last prompt that an agent got is without an answer, as far as it writes such things down. */
export function wasCutOff(fleet: Fleet, entry: AgentEntry): boolean {
  const promptedAt = writtenAt(agentFiles(statePlaces(fleet), entry.id), "prompted");
  if (!hasTranscript(fleet, entry) || promptedAt === undefined) return false;
  const turn = lastTurn(fleet, entry);
  return turn === undefined || turn.endedAt < promptedAt;
}
