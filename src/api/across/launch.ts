import { FleetError } from "../../errors.ts";
import { freeSlots, placeAgents, type Room } from "../../fleet/choose/placement.ts";
import { currentRepository, type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import type { AgentRequest } from "../../fleet/operations/create/request.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import { hasTickets, withClaims } from "../../fleet/tickets/launch.ts";
import type { HostLaunchAnswer, HostLaunchInput } from "../../model/wire/host-launch.ts";
import type { HostLookAnswer } from "../../model/wire/host-look.ts";
import { awayAgents, readAway, writeAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { ownerId } from "../../state/owner.ts";
import { arrivedRef } from "../../state/refs.ts";
import { branchesAt, resolveCommit } from "../../system/git/branches.ts";
import { tryGit } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { pushNewRefs } from "../../system/git/transport.ts";
import { shellWord } from "../../system/shell.ts";
import { errorOf } from "../failure.ts";
import { credentialsToSend } from "./credentials.ts";
import { withRoomOnDisk } from "./disks.ts";
import { bringLfsFiles } from "./lfs.ts";
import { ask, entryTold, hostRows, type Machine, repositoryOn } from "./machine.ts";
import { gitOnHost, onHost } from "./on-host.ts";
import { settingsToSend } from "./settings.ts";

/** The machines that agents of a repository may go to, as they are now. */
export interface Field {
  readonly repository: Repository;
  readonly key: string;
  readonly machines: readonly { readonly machine: Machine; readonly look: HostLookAnswer }[];
  /** Names of branches that agents cannot have, for they are taken on one of the machines. */
  readonly taken: readonly string[];
}

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
 * Looks at machines before agents go to them. One that cannot be reached is left out, saying so, and one of several whose disk is nearly
 * full. Throws FleetError `failed` when none is left.
 */
export async function surveyMachines(fleet: Fleet, machines: readonly Machine[]): Promise<Field> {
  const repository = await currentRepository(fleet);
  const key = await repositoryKey(fleet, repository);
  const looked = await Promise.all(
    machines.map(async (machine) => {
      try {
        return { machine, look: await lookAt(fleet, machine, repository, key) };
      } catch (error) {
        if (!(error instanceof FleetError) || machines.length === 1) throw error;
        fleet.report({ kind: "warning", text: `left out: ${error.message}` });
        return undefined;
      }
    }),
  );
  const there = looked.filter((each) => each !== undefined);
  if (there.length === 0) {
    throw new FleetError("failed", "no host can be reached", { hint: "to see why, run fleet hosts check" });
  }
  const open = withRoomOnDisk(fleet, there, machines.length);
  return { repository, key, machines: open, taken: there.flatMap(({ look }) => look.taken) };
}

/** What a machine bears. Agents of this fleet there that are not known here, because a link broke off, are written down. */
export async function lookAt(
  fleet: Fleet,
  machine: Machine,
  { root }: Repository,
  key: string,
): Promise<HostLookAnswer> {
  const places = statePlaces(fleet);
  const look = await ask(fleet, machine, hostRows.look, { key, owner: ownerId(places) });
  const { name: host } = machine.host;
  for (const there of look.mirror === null ? [] : look.agents) {
    if (readAway(places, there.id)?.host === host) continue;
    writeAway(places, { v: 1, host, entry: entryTold(machine, there, root), mirror: look.mirror ?? "" });
  }
  return look;
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

interface Base {
  readonly commit: string;
  /** `undefined` for a commit that has no name of a branch. */
  readonly name: string | undefined;
}

/** What each revision that requests start from is here. Throws FleetError for what is none, and for names that are taken. */
async function basesOf(
  fleet: Fleet,
  { repository, taken }: Field,
  requests: readonly AgentRequest[],
): Promise<ReadonlyMap<string | undefined, Base>> {
  const names = requests.map(({ branch }) => branch);
  const local = await branchesAt(gitAt(fleet, repository.commonDirectory), names);
  const inTheWay = names.filter((name) => local.has(name) || taken.includes(name));
  if (inTheWay.length > 0) throw namesTaken(fleet, repository, { names, inTheWay });
  const revisions = [...new Set(requests.map(({ from }) => from))];
  return new Map(
    await Promise.all(revisions.map(async (from) => [from, await baseOf(fleet, repository, from)] as const)),
  );
}

/** Names the host of each agent that is there already: a command whose link was cut may have made it. */
function namesTaken(
  fleet: Fleet,
  { root }: Repository,
  { names, inTheWay }: { readonly names: readonly string[]; readonly inTheWay: readonly string[] },
): FleetError {
  const away = awayAgents(statePlaces(fleet)).filter(({ entry }) => entry.repo === root);
  const hosts = new Map(away.map(({ entry, host }) => [entry.branch, host]));
  const lines = inTheWay.map((name) => {
    const host = hosts.get(name);
    return host === undefined ? name : `${name}: an agent on ${host} already`;
  });
  const there = inTheWay.find((name) => hosts.has(name));
  const others = "to see which there are, run fleet list; then choose others";
  const taken = names.length === 1 ? "the name is" : `${inTheWay.length} of the ${names.length} names are`;
  return new FleetError("failed", `${taken} taken, so nothing was made`, {
    code: "names-taken",
    output: lines.join("\n"),
    hint:
      there === undefined
        ? others
        : `to go to the one that is there, run fleet attach ${shellWord(there)}; else choose another name`,
  });
}

async function baseOf(fleet: Fleet, repository: Repository, from: string | undefined): Promise<Base> {
  const revision = from ?? fleet.settings.config.default_base;
  if (revision === "HEAD") {
    const { head } = repository;
    if (head !== undefined) return { commit: head.commit, name: head.branch === "HEAD" ? undefined : head.branch };
  }
  const place = gitAt(fleet, repository.bare ? repository.root : fleet.directory);
  const commit = await resolveCommit(place, revision);
  if (commit !== undefined) return { commit, name: revision };
  throw new FleetError("failed", `there is no commit called ${revision} here`, {
    hint: "to see the branches there are, run git branch --all; to get what a remote has, run git fetch",
  });
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
        ...{ key, pushed, owner, commit, commit_name: bases.get(agents[0]?.from)?.name, detach },
        agents: agents.map(asInput),
        ...{ files, settings },
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

/** The mirror of the repository on a machine, which is made where there is none. Agents there commit as the user does here, where git there does not know better. */
export async function mirrorOn(
  fleet: Fleet,
  machine: Machine,
  { commonDirectory }: Repository,
  key: string,
): Promise<string> {
  const place = gitAt(fleet, commonDirectory);
  const [name, email] = await Promise.all(
    ["user.name", "user.email"].map(async (setting) =>
      (await tryGit(place, ["config", "--get", setting])).stdout.trim(),
    ),
  );
  const committer = name && email ? { name, email } : undefined;
  return (await ask(fleet, machine, hostRows.prepare, { key, committer })).mirror;
}
