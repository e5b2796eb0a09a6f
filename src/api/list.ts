import { filterAgents, matchingAgents } from "../fleet/choose/selection.ts";
import type { Cost, quotas } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { listAgents } from "../fleet/watch/list.ts";
import { takeInWork } from "../fleet/worktree/taken.ts";
import type { ListAnswer, ListInput } from "../model/wire/list.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { agentAsJson, batchAsJson, type ShownAgent } from "./agents.ts";
import { keepBudgets } from "./budgets.ts";

type QuotaOfAgent = ReturnType<typeof quotas>[number];

/** Which agents are looked at, and what is looked at beside. */
export interface View extends ListInput {
  /** Where the user is; nothing outside of any repository. */
  readonly repository: string | undefined;
  /** It is looked at again and again: worktrees are waited for, and a name that means no agent any more is no error. */
  readonly often?: boolean;
}

/** What a look at agents shows. */
export interface Look {
  readonly agents: readonly ShownAgent[];
  /** Agents of other repositories, which are not shown. */
  readonly elsewhere: readonly AgentEntry[];
  /** What is to be said of budgets. */
  readonly warnings: readonly string[];
  /** What is used of quotas. */
  readonly quotas: readonly QuotaOfAgent[];
}

/** Says what agents are doing: those that are named, or all of the repository. Throws FleetError for a name that means none. */
export async function list(fleet: Fleet, input: ListInput): Promise<ListAnswer> {
  await settleDeadOperations(fleet);
  return listAnswer(await look(fleet, { ...input, repository: await currentRepositoryRoot(fleet) }), input);
}

/** What a look shows, as it is answered. */
export function listAnswer({ agents }: Look, { grouped }: Pick<ListInput, "grouped">): ListAnswer {
  return { agents: agents.map(agentAsJson), ...(grouped ? { batches: batchAsJson(agents) } : {}) };
}

/** Looks once, and stops the turns of agents whose budgets are used. Throws FleetError for a name that means none. */
export async function look(fleet: Fleet, view: View): Promise<Look> {
  const all = readRegistry(statePlaces(fleet));
  const everywhere = view.all_repositories || view.repository === undefined;
  const here = everywhere ? all : all.filter(({ repo }) => repo === view.repository);
  const entries = (view.often === true ? matchingAgents : filterAgents)(here, view.targets);
  await takeInWork(fleet, entries);
  const options = { shared: view.pss, fresh: view.fresh, often: view.often === true };
  // Transcripts are read while tmux and git work.
  const [first, costs] = await Promise.all([
    listAgents(fleet, entries, options),
    view.cost ? costsOf(fleet, entries) : undefined,
  ]);
  const { stopped, warnings } = await keepBudgets(fleet, first);
  const listed = stopped.length === 0 ? first : await listAgents(fleet, entries, options);
  const agents = listed.map((agent): ShownAgent => {
    const cost = costs?.byId.get(agent.entry.id);
    return cost === undefined ? agent : { ...agent, cost };
  });
  return {
    agents: view.status === undefined ? agents : agents.filter(({ status }) => status.word === view.status),
    elsewhere: all.filter((entry) => !here.includes(entry)),
    warnings,
    quotas: costs?.quotas ?? [],
  };
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
