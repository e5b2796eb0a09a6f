import { filterAgents, matchingAgents } from "../fleet/choose/selection.ts";
import type { Cost, quotas } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { byUrgency, listAgents } from "../fleet/watch/list.ts";
import { takeInWork } from "../fleet/worktree/taken.ts";
import type { ListAnswer, ListInput } from "../model/wire/list.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import type { LookAcross } from "./across/list.ts";
import { agentAsJson, batchAsJson, type ShownAgent } from "./agents.ts";
import { keepBudgets } from "./budgets.ts";
import { hasHosts } from "./has-hosts.ts";
import { type HostState, hostStateAsJson } from "./host-state.ts";
import type { CollisionsFound } from "./list-overlap.ts";
import { branchesOn } from "./targets.ts";

type QuotaOfAgent = ReturnType<typeof quotas>[number];

/** Which agents are looked at, and what is looked at beside. */
export interface View extends ListInput {
  /** Where the user is; nothing outside of any repository. */
  readonly repository: string | undefined;
  /** It is looked at again and again: worktrees are waited for, and a name that means no agent any more is no error. */
  readonly often?: boolean;
  /** What hosts have said of agents there: they are not asked now. */
  readonly elsewhere?: readonly ShownAgent[];
}

/** What a look at agents shows. */
export interface Look {
  readonly agents: readonly ShownAgent[];
  /** Agents of other repositories, which are not shown. */
  readonly elsewhere: readonly AgentEntry[];
  /** What is to be said of budgets, and of what could not be told. */
  readonly warnings: readonly string[];
  /** What is used of quotas. */
  readonly quotas: readonly QuotaOfAgent[];
  /** The hosts that were asked. */
  readonly hosts: readonly HostState[];
}

const nowhereElse: LookAcross = { agents: [], hosts: [] };

/** Says what agents are doing: those that are named, or all of the repository. Throws FleetError for a name that means none. */
export async function list(fleet: Fleet, input: ListInput): Promise<ListAnswer> {
  await settleDeadOperations(fleet);
  const repository = await currentRepositoryRoot(fleet, { everywhere: input.all_repositories });
  return listAnswer(await look(fleet, { ...input, repository }), input);
}

/** What a look shows, as it is answered. */
export function listAnswer({ agents, hosts }: Look, { grouped }: Pick<ListInput, "grouped">): ListAnswer {
  return {
    agents: agents.map(agentAsJson),
    ...(grouped ? { batches: batchAsJson(agents) } : {}),
    ...(hosts.length === 0 ? {} : { hosts: hosts.map(hostStateAsJson) }),
  };
}

/** Looks once, and stops the turns of agents whose budgets are used. Throws FleetError for a name that means none. */
export async function look(fleet: Fleet, view: View): Promise<Look> {
  const all = readRegistry(statePlaces(fleet));
  const everywhere = view.all_repositories || view.repository === undefined;
  const isHere = ({ repo }: AgentEntry) => everywhere || repo === view.repository;
  // One whose move was interrupted may be in both places.
  const isElsewhere = ({ entry }: ShownAgent) => isHere(entry) && all.every(({ id }) => id !== entry.id);
  const here = all.filter(isHere);
  const asking = across(fleet, view);
  // A name may be that of an agent elsewhere. Without any, hosts are asked while this machine is looked at.
  const named = view.targets.length === 0 ? nowhereElse : await asking;
  const elsewhere = named.agents.filter(isElsewhere);
  const wanted = wantedOf(view, here, elsewhere);
  const entries = here.filter((entry) => wanted.has(entry.id));
  await takeInWork(fleet, entries);
  const options = { shared: view.pss, fresh: view.fresh, often: view.often === true };
  // Transcripts are read while tmux and git work.
  const [first, costs, collisions] = await Promise.all([
    listAgents(fleet, entries, options),
    view.cost ? costsOf(fleet, entries) : undefined,
    view.overlap ? collisionsOf(fleet, [...entries, ...elsewhere.map(({ entry }) => entry)]) : undefined,
  ]);
  const { changed, warnings } = await keepBudgets(fleet, first);
  const listed = changed.length === 0 ? first : await listAgents(fleet, entries, options);
  const own = listed.map((agent): ShownAgent => {
    const cost = costs?.byId.get(agent.entry.id);
    return cost === undefined ? agent : { ...agent, cost };
  });
  const { agents: told, hosts } = await asking;
  const others = told.filter(
    (agent) => isElsewhere(agent) && (view.targets.length === 0 || wanted.has(agent.entry.id)),
  );
  const together = others.length === 0 ? own : [...own, ...others].sort(byUrgency);
  const agents = collisions === undefined ? together : together.map((agent) => withCollisions(agent, collisions));
  return {
    agents: view.status === undefined ? agents : agents.filter(({ status }) => status.word === view.status),
    elsewhere: all.filter((entry) => !here.includes(entry)),
    warnings: [...warnings, ...(collisions?.warnings ?? [])],
    quotas: costs?.quotas ?? [],
    hosts,
  };
}

/** What hosts say, where there are any. */
async function across(fleet: Fleet, view: View): Promise<LookAcross> {
  if (view.elsewhere !== undefined) return { agents: view.elsewhere, hosts: [] };
  if (!view.hosts || !hasHosts(fleet)) return nowhereElse;
  const { lookAcross } = await import("./across/list.ts");
  return lookAcross(fleet, view);
}

/** The ids of the agents that the targets name, on this machine or another. Throws FleetError for a name that means none. */
function wantedOf(view: View, here: readonly AgentEntry[], elsewhere: readonly ShownAgent[]): ReadonlySet<string> {
  const all = [...here, ...elsewhere.map(({ entry }) => entry)];
  const words = view.targets.flatMap((word) => branchesOn(elsewhere, word) ?? word);
  return new Set((view.often === true ? matchingAgents : filterAgents)(all, words).map(({ id }) => id));
}

/** Whom the agents get in the way of. */
async function collisionsOf(fleet: Fleet, agents: readonly AgentEntry[]): Promise<CollisionsFound> {
  // Hardly any list asks for it, so none waits for what does.
  const { collisionsIn } = await import("./list-overlap.ts");
  return collisionsIn(fleet, new Set(agents.map(({ repo }) => repo)));
}

function withCollisions(agent: ShownAgent, { byId }: CollisionsFound): ShownAgent {
  return { ...agent, overlap: byId.get(agent.entry.id) ?? null };
}

interface Costs {
  readonly byId: ReadonlyMap<string, Cost>;
  readonly quotas: readonly QuotaOfAgent[];
}

/** What agents have cost, and what is used of their quotas. */
async function costsOf(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Costs> {
  // With the table of prices it takes some milliseconds to load.
  const report = await import("../fleet/cost/report.ts");
  const costs = report.agentCosts(fleet, entries);
  return {
    byId: new Map(costs.map((each) => [each.entry.id, report.costOfAgent(fleet, each)])),
    quotas: report.quotas(costs),
  };
}
