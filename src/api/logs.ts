import type { ConversationPart } from "../agents/adapter.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet/fleet.ts";
import { type AgentLog, killedAgent, type LogSource, logOf } from "../fleet/watch/logs.ts";
import { type Observation, observeAgents } from "../fleet/watch/observe.ts";
import type { LogsAnswer, LogsInput } from "../model/wire/logs.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { inOrder, parted } from "./away.ts";
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
    return (await chooseAgents(fleet, targets, { reachesOut: true, away: "known" })).entries;
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
  const { here, away } = parted(fleet, entries);
  const [own, others] = await Promise.all([
    observeAgents(fleet, here).then((seen) => logsOf(fleet, seen, count, source)),
    away.length === 0 ? [] : logsAway(fleet, away, count, source),
  ]);
  return inOrder(entries, [...own, ...others]);
}

const logsRow = { name: "logs", changes: false, shapes: () => import("../model/wire/logs.ts") } as const;

/** The logs of agents on other machines, as their hosts tell it. Throws FleetError when one cannot be reached, or as `readLogs` does. */
async function logsAway(
  fleet: Fleet,
  away: readonly AwayAgent[],
  lines: number,
  source: LogSource,
): Promise<LogOfAgent[]> {
  const { callHosts } = await import("./across/act.ts");
  const answers = await callHosts(fleet, away, logsRow, { lines, source });
  const [failure] = answers.flatMap(({ error }) => error ?? []);
  if (failure !== undefined) throw failure;
  return answers.flatMap(({ agents, answer }) => (answer?.agents ?? []).flatMap((agent) => logFrom(agents, agent)));
}

/** What a host tells of one of these agents; nothing for another one. */
export function logFrom(away: readonly AwayAgent[], told: LogsAnswer["agents"][number]): LogOfAgent[] {
  const { id, lines, conversation, complete, refused = [] } = told;
  return away
    .filter(({ entry }) => entry.id === id)
    .map(({ entry }) => ({ entry, lines, conversation: conversation?.map(partFrom), complete, refused }));
}

function partFrom({
  at,
  ...part
}: NonNullable<LogsAnswer["agents"][number]["conversation"]>[number]): ConversationPart {
  return { ...part, ...(at === undefined ? {} : { at: new Date(at) }) } as ConversationPart;
}

/** The logs of agents that were just looked at. Throws as `readLogs` does. */
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
    agents: logsOfAgents.map(({ entry, lines, conversation, complete, refused }) => ({
      ...entry,
      lines: [...lines],
      ...(conversation === undefined ? {} : { conversation: conversation.map(partAsJson) }),
      complete,
      ...(refused.length === 0 ? {} : { refused: [...refused] }),
    })),
  };
}

function partAsJson({ at, ...part }: ConversationPart) {
  return at === undefined ? part : { at: at.toISOString(), ...part };
}
