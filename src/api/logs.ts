import type { ConversationPart } from "../agents/adapter.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet/fleet.ts";
import { type AgentLog, killedAgent, type LogSource, logOf } from "../fleet/watch/logs.ts";
import { type Observation, observeAgents } from "../fleet/watch/observe.ts";
import type { LogsAnswer, LogsInput } from "../model/wire/logs.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import type { AgentEntry } from "../state/entry.ts";
import { chooseAgents } from "./targets.ts";

/** The end of what one agent has said and done, or shown. */
export interface LogOfAgent extends AgentLog {
  readonly entry: AgentEntry;
}

/** Says what the agents that are meant have said and done, or shown. Throws FleetError when none is meant, or one has no such record. */
export async function logs(fleet: Fleet, { lines, source, ...targets }: LogsInput): Promise<LogsAnswer> {
  return logsAnswer(await readLogs(fleet, await agentsWithLogs(fleet, targets), lines, source));
}

/** The agents that are meant: those that are there, or the one that was killed. Throws FleetError when none is meant. */
export async function agentsWithLogs(fleet: Fleet, targets: TargetsInput): Promise<readonly AgentEntry[]> {
  try {
    return (await chooseAgents(fleet, targets, { reachesOut: true })).entries;
  } catch (error) {
    const [branch, ...others] = targets.targets;
    const killed =
      branch === undefined || others.length > 0
        ? undefined
        : killedAgent(fleet, branch, await currentRepositoryRoot(fleet));
    if (killed === undefined) throw error;
    return [killed];
  }
}

/** The last `count` lines of each of these agents. Throws FleetError `failed` when a transcript is asked for that nobody can read. */
export async function readLogs(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  count: number,
  source: LogSource,
): Promise<LogOfAgent[]> {
  return logsOf(fleet, await observeAgents(fleet, entries), count, source);
}

/** The same of agents that were just looked at. Throws as `readLogs` does. */
export function logsOf(
  fleet: Fleet,
  observations: readonly Observation[],
  count: number,
  source: LogSource,
): Promise<LogOfAgent[]> {
  return Promise.all(
    observations.map(async (seen) => ({ entry: seen.entry, ...(await logOf(fleet, seen, count, source)) })),
  );
}

/** Logs, as they are answered. */
export function logsAnswer(logsOfAgents: readonly LogOfAgent[]): LogsAnswer {
  return {
    agents: logsOfAgents.map(({ entry, lines, conversation, complete }) => ({
      ...entry,
      lines: [...lines],
      ...(conversation === undefined ? {} : { conversation: conversation.map(partAsJson) }),
      complete,
    })),
  };
}

function partAsJson({ at, ...part }: ConversationPart) {
  return at === undefined ? part : { at: at.toISOString(), ...part };
}
