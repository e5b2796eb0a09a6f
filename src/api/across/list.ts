import { costTold } from "../../fleet/cost/told.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import type { StatusWord } from "../../fleet/watch/status.ts";
import type { Host } from "../../hosts/host.ts";
import type { ListAnswer } from "../../model/wire/list.ts";
import { type AwayAgent, awayAgents, writeAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { ownerId } from "../../state/owner.ts";
import { readPullRecord } from "../../state/pull-request.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import type { ShownAgent } from "../agents.ts";
import type { HostState } from "../host-state.ts";
import { settleAsked } from "./act.ts";
import { onOurClock } from "./clock.ts";
import { hostsOf } from "./hosts.ts";
import { ask, hostRows, type Machine } from "./machine.ts";
import { askPatiently } from "./patience.ts";

type ToldAgent = ListAnswer["agents"][number];

/** What hosts say of the agents of this fleet there. */
export interface LookAcross {
  readonly agents: readonly ShownAgent[];
  readonly hosts: readonly HostState[];
}

/** What is looked at beside. */
export interface LookingAcross {
  readonly pss: boolean;
  readonly fresh: boolean;
  readonly cost: boolean;
}

/**
 * Asks all hosts at the same time what the agents of this fleet there are doing, of all repositories. A host that says nothing for 5 s is
 * not waited for: its agents are as they were known last, and nothing is concluded from its silence.
 */
export async function lookAcross(fleet: Fleet, looking: LookingAcross): Promise<LookAcross> {
  const looks = await Promise.all(hostsOf(fleet).map((host) => lookAtHost(fleet, host, looking)));
  return { agents: looks.flatMap(({ agents }) => agents), hosts: looks.map(({ state }) => state) };
}

async function lookAtHost(fleet: Fleet, host: Host, { pss, fresh, cost }: LookingAcross) {
  const places = statePlaces(fleet);
  const { name } = host;
  const { value, state } = await askPatiently(fleet, host, async (patient, link) => {
    await settleAsked(patient, link);
    const input = { pss, fresh, cost, all_repositories: true, hosts: false };
    const { agents } = await ask(patient, link, hostRows.list, input);
    return agents.map((agent) => timedHere(link, agent));
  });
  if (state.silent !== undefined) {
    const reason = `unreachable since ${localTime(state.silent.since)}`;
    const known = awayAgents(places).filter((agent) => agent.host === name);
    return { state, agents: known.map((agent) => unseenAgent(fleet, agent, reason)) };
  }
  const own = (value ?? []).filter(({ owner }) => owner === ownerId(places));
  const homes = await repositoriesOf(fleet, name, own);
  return { state, agents: own.map((agent) => shownAgent(fleet, name, agent, homes.get(agent.repo))) };
}

function timedHere(machine: Machine, told: ToldAgent): ToldAgent {
  const { created_at, status_since: since, changes_at: at } = told;
  return {
    ...told,
    created_at: onOurClock(machine, created_at),
    status_since: since === null ? null : onOurClock(machine, since),
    changes_at: at === null ? null : onOurClock(machine, at),
  };
}

/**
 * The repository here that each mirror is of, as far as it is known. Agents that are not known yet, for a link broke off or another clone
 * made them, are written down when they are of the repository the user is in.
 */
async function repositoriesOf(
  fleet: Fleet,
  host: string,
  agents: readonly ToldAgent[],
): Promise<ReadonlyMap<string, string>> {
  const places = statePlaces(fleet);
  const known = awayAgents(places).filter((agent) => agent.host === host);
  const homes = new Map(known.map(({ mirror, entry }) => [mirror, entry.repo]));
  const ids = new Set(known.map(({ entry }) => entry.id));
  const strangers = agents.filter(({ id }) => !ids.has(id));
  if (strangers.some(({ repo }) => !homes.has(repo))) {
    const here = await discoverRepository({ directory: fleet.directory, environment: fleet.environment });
    if (here !== undefined) {
      const key = await repositoryKey(fleet, here);
      for (const { repo } of strangers) if (repo.endsWith(`/${key}.git`)) homes.set(repo, here.root);
    }
  }
  for (const agent of strangers) {
    const repo = homes.get(agent.repo);
    if (repo !== undefined) writeAway(places, { v: 1, host, entry: entryOf(agent, repo), mirror: agent.repo });
  }
  return homes;
}

/** An agent as it is listed here, from what its host says of it. */
function shownAgent(fleet: Fleet, host: string, told: ToldAgent, repo = told.repo): ShownAgent {
  const { status, status_since: since, reason, changes, changes_at: at } = told;
  return {
    host,
    told: { ...told, repo },
    entry: entryOf(told, repo),
    status: {
      word: status as StatusWord,
      since: since === null ? undefined : new Date(since),
      reason: reason ?? undefined,
      detail: undefined,
    },
    ...notHere,
    usage: { cpuPercent: told.cpu_percent, memoryBytes: told.memory_bytes, memoryPercent: told.memory_percent },
    ahead: told.ahead ?? undefined,
    changes: changes === null || at === null ? undefined : { ...changes, at: new Date(at) },
    ...(told.cost === undefined ? {} : { cost: costTold(told.cost) }),
    lastWords: told.last_words ?? undefined,
    task: told.task,
    pullRequest: readPullRecord(statePlaces(fleet), told.id),
  };
}

/** An agent of a host that does not answer, as it was known last. */
function unseenAgent(fleet: Fleet, { host, entry }: AwayAgent, reason: string): ShownAgent {
  return {
    host,
    entry,
    status: { word: "unknown", since: undefined, reason, detail: undefined },
    ...notHere,
    usage: { cpuPercent: null, memoryBytes: null, memoryPercent: null },
    ahead: undefined,
    changes: undefined,
    lastWords: undefined,
    task: entry.prompt,
    pullRequest: readPullRecord(statePlaces(fleet), entry.id),
  };
}

const notHere = { pane: undefined, namesakes: [], processes: [] };

/** What the host adds to an entry is no part of it. */
function entryOf(told: ToldAgent, repo: string): AgentEntry {
  const { status, status_since, reason, status_detail, cpu_percent, memory_bytes, memory_percent, ...rest } = told;
  const { ahead, changes, changes_at, last_words, task, pull_request, cost, overlap, host, ...entry } = rest;
  return { ...entry, repo } as AgentEntry;
}

function localTime(timestamp: string): string {
  return new Date(timestamp).toLocaleTimeString("sv").slice(0, 5);
}
