import { basename } from "node:path";
import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import type { HostCostAnswer } from "../../model/wire/host-cost.ts";
import { awayAgents } from "../../state/away.ts";
import { type AgentEntry, isAgentEntry } from "../../state/entry.ts";
import { ownerId } from "../../state/owner.ts";
import { forgetToldUsage, type ToldUsage, toldUsage, writeToldUsage } from "../../state/told-usage.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import type { HostState } from "../host-state.ts";
import { hostsOf } from "./hosts.ts";
import { ask, hostRows, type Machine } from "./machine.ts";
import { askPatiently } from "./patience.ts";

/** What hosts have told of what agents there have used, as far as it is known now. */
export interface CostAcross {
  /** `repo` is the repository here, where that is known. Of a silent host it is what it told before. */
  readonly told: readonly ToldUsage[];
  readonly hosts: readonly HostState[];
  /** Why hosts that answer could not say it. */
  readonly problems: readonly { readonly branch: string; readonly message: string }[];
}

/**
 * Asks all hosts at the same time what agents of this fleet there have used since they were asked last, and keeps it: it counts when they
 * are silent, too. `known` are the agents of this machine, killed ones included: of hosts that are hosts no more, these alone still count.
 */
export async function costAcross(fleet: Fleet, known: readonly AgentEntry[]): Promise<CostAcross> {
  const hosts = hostsOf(fleet);
  const heard = await Promise.all(
    hosts.map((host) => askPatiently(fleet, host, (patient, link) => hearUsage(patient, link))),
  );
  const unheard = new Set(heard.filter(({ value }) => value !== "heard").map(({ state }) => state.host));
  const names = new Set(hosts.map(({ name }) => name));
  const told = forgetStrangers(fleet, known, names).map((each) =>
    unheard.has(each.host) ? { ...each, at_least: true } : each,
  );
  const homes = await homesOf(fleet, known, told);
  return {
    told: told.map((each) => ({ ...each, entry: { ...each.entry, repo: homes(each.entry) } })),
    hosts: heard.map(({ state }) => state),
    problems: heard.flatMap(({ state: { host }, value }) =>
      value === "too old"
        ? [
            {
              branch: `${host}:*`,
              message: `the fleet there is too old to say what they used; run fleet hosts add ${host} -y`,
            },
          ]
        : [],
    ),
  };
}

/**
 * Hears what agents of this fleet on a machine have used, and keeps it; `too old` when the fleet there cannot say it. Throws FleetError when
 * the machine cannot be reached; what it told until then is kept.
 */
export async function hearUsage(
  fleet: Pick<Fleet, "settings" | "cancelled" | "report">,
  machine: Machine,
): Promise<"heard" | "too old"> {
  const places = statePlaces(fleet);
  const { name: host } = machine.host;
  for (let more = true; more; ) {
    const before = new Map(
      toldUsage(places)
        .filter((told) => told.host === host)
        .map((told) => [told.entry.id, told]),
    );
    const told = Object.fromEntries([...before].map(([id, { bytes }]) => [id, bytes]));
    const answer = await ask(fleet, machine, hostRows.cost, { owner: ownerId(places), told }).catch(unlessTooOld);
    if (answer === undefined) return "too old";
    for (const agent of answer.agents) keep(places, host, agent, before.get(agent.id));
    const there = new Set(answer.agents.map(({ id }) => id));
    for (const each of before.values()) if (!there.has(each.entry.id)) forgetToldUsage(places, each);
    more = answer.more;
  }
  return "heard";
}

function unlessTooOld(error: unknown): undefined {
  if (!(error instanceof FleetError) || error.code !== "unknown-operation") throw error;
}

function keep(
  places: ReturnType<typeof statePlaces>,
  host: string,
  { from, records, at_least, subscription, quota, problems, ...entry }: HostCostAnswer["agents"][number],
  before: ToldUsage | undefined,
): void {
  // The id becomes the name of a file.
  if (!isAgentEntry(entry)) return;
  const bytes = from + Buffer.byteLength(records);
  const told: ToldUsage = { v: 1, host, entry, bytes, at_least, subscription, quota, problems };
  if (records !== "" || !Bun.deepEquals(before, told)) writeToldUsage(places, told, records);
}

/** What counts of all that was told; the rest is forgotten. */
function forgetStrangers(
  fleet: Fleet,
  known: readonly AgentEntry[],
  hosts: Pick<ReadonlySet<string>, "has">,
): ToldUsage[] {
  const places = statePlaces(fleet);
  const ids = new Set(known.map(({ id }) => id));
  const counts = ({ host, entry }: ToldUsage) => hosts.has(host) || ids.has(entry.id);
  const told = toldUsage(places);
  for (const each of told) if (!counts(each)) forgetToldUsage(places, each);
  return told.filter(counts);
}

/** The repository here that each agent works on, as far as it is known: a mirror of one has the same name on every host. */
async function homesOf(
  fleet: Fleet,
  known: readonly AgentEntry[],
  told: readonly ToldUsage[],
): Promise<(entry: AgentEntry) => string> {
  const here = new Map(known.map(({ id, repo }) => [id, repo]));
  const mirrors = new Map(awayAgents(statePlaces(fleet)).map(({ mirror, entry }) => [basename(mirror), entry.repo]));
  for (const { entry } of told) {
    const repo = here.get(entry.id);
    if (repo !== undefined) mirrors.set(basename(entry.repo), repo);
  }
  if (told.some(({ entry }) => !mirrors.has(basename(entry.repo)))) {
    const { directory, environment } = fleet;
    const repository = await discoverRepository({ directory, environment });
    if (repository !== undefined) mirrors.set(`${await repositoryKey(fleet, repository)}.git`, repository.root);
  }
  return ({ repo }) => mirrors.get(basename(repo)) ?? repo;
}
