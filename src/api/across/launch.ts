import { FleetError } from "../../errors.ts";
import { freeSlots, placeAgents, type Room } from "../../fleet/choose/placement.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import type { AgentRequest } from "../../fleet/operations/create/request.ts";
import { hasTickets, withClaims } from "../../fleet/tickets/launch.ts";
import type { HostLaunchAnswer, HostLaunchInput } from "../../model/wire/host-launch.ts";
import { writeAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { ownerId } from "../../state/owner.ts";
import { arrivedRef } from "../../state/refs.ts";
import type { Repository } from "../../system/git/repository.ts";
import { pushNewRefs } from "../../system/git/transport.ts";
import { errorOf } from "../failure.ts";
import { type Base, basesOf } from "./bases.ts";
import { credentialsToSend } from "./credentials.ts";
import { bringLfsFiles } from "./lfs.ts";
import { ask, entryTold, hostRows, type Machine, repositoryOn } from "./machine.ts";
import { mirrorOn } from "./mirror.ts";
import { gitOnHost, onHost } from "./on-host.ts";
import { settingsToSend } from "./settings.ts";
import type { Field } from "./survey.ts";

/** An agent that was made on another machine. */
export interface AwayLaunched {
  readonly host: string;
  readonly entry: AgentEntry;
}

/** An agent that was asked for and is not there, or is there and does not run: `host` is where it should be, null when that was nowhere. */
interface AwayFailure {
  readonly host: string | null;
  readonly branch: string;
  readonly error: FleetError;
}

/** What became of agents that were to be made on other machines. */
export interface AwayResult {
  readonly launched: readonly AwayLaunched[];
  readonly failures: readonly AwayFailure[];
}

/**
 * Makes agents as `launchAcross` does, of which those for tickets only when no other fleet has the ticket; a ticket whose agents cannot be
 * made is given back. What cannot work is found before anybody else can see that a ticket is taken.
 */
export async function launchTicketsAcross(
  fleet: Fleet,
  field: Field,
  requests: readonly AgentRequest[],
  options: { readonly detach: boolean },
): Promise<AwayResult> {
  if (!hasTickets(requests)) return launchAcross(fleet, field, requests, options);
  await planned(fleet, field, requests);
  const { made, refused } = await withClaims(fleet, requests, async (free): Promise<AwayResult> => {
    return free.length === 0 ? { launched: [], failures: [] } : launchAcross(fleet, field, free, options);
  });
  return {
    launched: made.launched,
    failures: [...refused.map(({ branch, error }) => ({ host: null, branch, error })), ...made.failures],
  };
}

/**
 * Makes agents on other machines, each where there is most room. What they start from is pushed to each machine once. A machine that fails
 * takes only its own agents with it: they are among the failures. Throws FleetError before anything is made when a request cannot work or
 * there is no room for all, and ConsentRequired when the user has yet to accept what the repository brings.
 */
export async function launchAcross(
  fleet: Fleet,
  field: Field,
  requests: readonly AgentRequest[],
  { detach }: { readonly detach: boolean },
): Promise<AwayResult> {
  const { bases, placed, settings } = await planned(fleet, field, requests);
  for (const [host, agents] of placed) {
    const names = agents.map(({ branch }) => branch);
    const shown = names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
    fleet.report({ kind: "note", text: `${host}: ${shown}` });
  }
  const results = await Promise.all(
    [...placed].map(([host, agents]) => launchOn(fleet, host, agents, { field, bases, detach, settings })),
  );
  const order = new Map(requests.map(({ branch }, index) => [branch, index]));
  const launched = results.flatMap((result) => result.launched);
  return {
    launched: launched.sort((a, b) => (order.get(a.entry.branch) ?? 0) - (order.get(b.entry.branch) ?? 0)),
    failures: results.flatMap(({ failures }) => failures),
  };
}

/** What requests start from, where they go and with which settings. Throws as `launchAcross` does before anything is made. */
async function planned(fleet: Fleet, field: Field, requests: readonly AgentRequest[]) {
  warnOfBudgets(fleet);
  const quick = requests.every((request) => request.quick);
  return {
    bases: await basesOf(fleet, field, requests),
    placed: placedAgents(field, requests),
    settings: await settingsToSend(fleet, field.repository.root, quick),
  };
}

/** Each machine adds up what is used on it alone. */
function warnOfBudgets(fleet: Fleet): void {
  const { budget_per_batch, budget_per_day } = fleet.settings.config;
  const set = Object.entries({ budget_per_batch, budget_per_day }).flatMap(([name, text]) =>
    text === "" ? [] : [name],
  );
  if (set.length === 0) return;
  const text = `${set.join(" and ")} of this machine ${set.length === 1 ? "does" : "do"} not count agents on hosts; --budget holds there, for each`;
  fleet.report({ kind: "warning", text });
}

/** Which agents go to which machine. Throws FleetError `failed` when there is no room for all of them. */
export function placedAgents({ machines }: Field, requests: readonly AgentRequest[]): Map<string, AgentRequest[]> {
  const rooms = machines.map(
    ({ machine, look }): Room => ({
      host: machine.host.name,
      slots: machine.host.settings.slots || look.processors,
      most: look.most ?? undefined,
      running: look.running,
      processors: look.processors,
      load: look.load,
      memoryAvailable: look.memory_available,
    }),
  );
  const hosts = placeAgents(requests.length, rooms);
  const homeless = hosts.filter((host) => host === undefined).length;
  if (homeless === 0) return Map.groupBy(requests, (_, index) => hosts[index] ?? "");
  const count = requests.length;
  throw new FleetError("failed", `the hosts have room for ${count - homeless} of the ${count} agents`, {
    code: "no-room",
    output: rooms.map((room) => `${room.host}: ${freeSlots(room)} free, ${room.running} running`).join("\n"),
    hint: "to allow more, raise slots with fleet config edit; to end some, run fleet kill BRANCH",
  });
}

interface Launching {
  readonly field: Field;
  readonly bases: ReadonlyMap<string | undefined, Base>;
  readonly detach: boolean;
  /** What goes along of what the repository brings. */
  readonly settings: string | null | undefined;
}

/** Makes the agents that go to one machine. What fails there fails them alone. */
async function launchOn(
  fleet: Fleet,
  host: string,
  requests: readonly AgentRequest[],
  launching: Launching,
): Promise<AwayResult> {
  try {
    return await attempt(fleet, host, requests, launching);
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return { launched: [], failures: requests.map(({ branch }) => ({ host, branch, error })) };
  }
}

async function attempt(
  fleet: Fleet,
  host: string,
  requests: readonly AgentRequest[],
  { field: { repository, key, machines }, bases, detach, settings }: Launching,
): Promise<AwayResult> {
  const found = machines.find(({ machine }) => machine.host.name === host);
  if (found === undefined) throw new Error(`${host} was not looked at`);
  const { machine, look } = found;
  const mirror = look.mirror ?? (await mirrorOn(fleet, machine, repository, key));
  const groups = await pushBases(fleet, machine, { repository, mirror }, startingFrom(requests, bases));
  await bringLfsFiles(
    fleet,
    machine,
    { repository, key },
    groups.map(({ commit }) => commit),
  );
  const owner = ownerId(statePlaces(fleet));
  const files = machine.host.settings.credentials === true ? await credentialsToSend(fleet, repository, host) : [];
  const answers = await Promise.all(
    groups.map(async ({ commit, agents, pushed }) => {
      const input: HostLaunchInput = {
        key,
        pushed,
        owner,
        commit,
        commit_name: bases.get(agents[0]?.from)?.name,
        detach,
        agents: agents.map(asInput),
        files,
        settings,
      };
      return ask(fleet, machine, hostRows.launch, input);
    }),
  );
  const launched = answers.flatMap(({ agents }) =>
    agents.map((told) => ({ host, entry: entryTold(machine, told, repository.root) })),
  );
  for (const { entry } of launched) writeAway(statePlaces(fleet), { v: 1, host, entry, mirror });
  return { launched, failures: answers.flatMap((answer) => failuresOn(host, answer)) };
}

/** Agents that start from one commit. */
interface Group {
  readonly commit: string;
  readonly agents: readonly AgentRequest[];
}

function startingFrom(requests: readonly AgentRequest[], bases: Launching["bases"]): Group[] {
  const byCommit = Map.groupBy(requests, ({ from }) => bases.get(from)?.commit ?? "");
  return [...byCommit].map(([commit, agents]) => ({ commit, agents }));
}

/** Pushes what agents start from into the mirror on a machine, all at once. `pushed` is what the ref of each commit is called there. */
async function pushBases(
  fleet: Fleet,
  machine: Machine,
  { repository, mirror }: { readonly repository: Repository; readonly mirror: string },
  groups: readonly Group[],
): Promise<(Group & { readonly pushed: string })[]> {
  const named = groups.map((group) => ({ ...group, pushed: crypto.randomUUID() }));
  const refs = named.map(({ commit, pushed }) => ({ ref: arrivedRef(pushed), commit }));
  const local = gitAt(fleet, repository.commonDirectory);
  await gitOnHost(
    machine.host.name,
    machine.turn(() => pushNewRefs(local, repositoryOn(machine, mirror), refs)),
  );
  return named;
}

function failuresOn(host: string, { failures }: HostLaunchAnswer): AwayFailure[] {
  return failures.map((failure) => ({
    host,
    branch: failure.branch,
    error: onHost(host, errorOf(failure, `${failure.branch} was not made`)),
  }));
}

function asInput({ branch, prompt, agent, quick, raw = false, batch, budget, sandbox, ticket }: AgentRequest) {
  return { branch, prompt, agent, quick, raw, batch, budget, sandbox, ticket };
}
