import { FleetError } from "../../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet/fleet.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import type { AwayAgent } from "../../state/away.ts";
import { ownerId } from "../../state/owner.ts";
import { commitsAhead } from "../../system/git/changes.ts";
import { pushCommit } from "../../system/git/remotes.ts";
import { requireRepository } from "../../system/git/repository.ts";
import { errorOf } from "../failure.ts";
import type { KeptWork, WorkWanted } from "../work-to-keep.ts";
import { type Fetched, fetchWork } from "./fetch.ts";
import { withLinks } from "./links.ts";
import { ask, hostRows, type Machine } from "./machine.ts";
import { onHost } from "./on-host.ts";

/**
 * Commits the unsaved work of agents where they are, fetches all of it, and pushes it from here, as is wanted; the results are by the ids of
 * the agents. What cannot be done for one stops no other.
 */
export async function settleAway(
  fleet: Fleet,
  away: readonly AwayAgent[],
  wanted: WorkWanted,
): Promise<ReadonlyMap<string, KeptWork>> {
  const byHost = Map.groupBy(away, ({ host }) => host);
  return withLinks(fleet, [...byHost.keys()], async ({ links, silent }) => {
    const groups = links.flatMap((link) =>
      [...Map.groupBy(byHost.get(link.host.name) ?? [], ({ entry }) => entry.repo).values()].map((agents) =>
        settleOn(fleet, link, agents, wanted),
      ),
    );
    const unreached = silent.flatMap(({ host, error }) =>
      (byHost.get(host) ?? []).map(({ entry }) => [entry.id, { problem: error }] as const),
    );
    return new Map<string, KeptWork>([...(await Promise.all(groups)).flat(), ...unreached]);
  });
}

type Settled = readonly [id: string, settled: KeptWork];

/** Agents of one repository on one machine. */
async function settleOn(
  fleet: Fleet,
  machine: Machine,
  agents: readonly AwayAgent[],
  { commitMessage, push }: WorkWanted,
): Promise<Settled[]> {
  try {
    const uncommitted =
      commitMessage === undefined
        ? new Map<string, FleetError>()
        : await commitThere(fleet, machine, agents, commitMessage);
    const { agents: fetched, failures } = await fetchWork(fleet, machine, agents);
    const known: Settled[] = [];
    for (const agent of fetched) {
      const problem = uncommitted.get(agent.entry.branch) ?? (push ? await pushed(fleet, agent) : undefined);
      const found = { commits: await commitsOf(fleet, agent), unsaved: agent.work.unsaved };
      known.push([agent.entry.id, { found, ...(problem === undefined ? {} : { problem }) }]);
    }
    const unknown = failures.map((failure): Settled => {
      const { branch } = failure;
      const id = agents.find(({ entry }) => entry.branch === branch)?.entry.id ?? "";
      return [id, { problem: onHost(machine.host.name, errorOf(failure, `${branch} could not be looked at`)) }];
    });
    return [...known, ...unknown];
  } catch (error) {
    const problem = asProblem(fleet, error);
    return agents.map(({ entry }) => [entry.id, { problem }]);
  }
}

/** Why it could not be done, by branch. */
async function commitThere(
  fleet: Fleet,
  machine: Machine,
  agents: readonly AwayAgent[],
  message: string,
): Promise<ReadonlyMap<string, FleetError>> {
  const [first] = agents;
  if (first === undefined) return new Map();
  const repository = await requireRepository(gitAt(fleet, first.entry.repo));
  const key = await repositoryKey(fleet, repository);
  const ids = agents.map(({ entry }) => entry.id);
  const owner = ownerId(statePlaces(fleet));
  const { failures } = await ask(fleet, machine, hostRows.commit, { key, owner, ids, message });
  return new Map(
    failures.map((failure) => [
      failure.branch,
      onHost(machine.host.name, errorOf(failure, `${failure.branch} was not committed`)),
    ]),
  );
}

/** Never forced: what others have on a branch of this name stays. Returns why it could not be done. */
async function pushed(fleet: Fleet, { entry, work }: Fetched["agents"][number]): Promise<FleetError | undefined> {
  try {
    const push = { remote: "origin", branch: entry.branch, commit: work.head, lease: undefined };
    await pushCommit(gitAt(fleet, entry.repo), push);
    return undefined;
  } catch (error) {
    return asProblem(fleet, error);
  }
}

async function commitsOf(fleet: Fleet, { entry, work }: Fetched["agents"][number]): Promise<number> {
  const progress = { tip: work.head, base: entry.base };
  const ahead = await commitsAhead(gitAt(fleet, entry.repo), [progress]);
  return ahead(progress).commits;
}

function asProblem(fleet: Fleet, error: unknown): FleetError {
  if (error instanceof FleetError && !fleet.cancelled.aborted) return error;
  throw error;
}
