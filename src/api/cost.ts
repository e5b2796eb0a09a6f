import { addTokens, noTokens, type Quota, type Tokens } from "../agents/usage.ts";
import { filterAgents } from "../fleet/choose/selection.ts";
import type { AgentCost, Cost, CostRow, Grouping } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import type { CostAnswer, CostInput } from "../model/wire/cost.ts";
import type { AgentEntry } from "../state/entry.ts";
import { toldUsage } from "../state/told-usage.ts";
import type { CostAcross } from "./across/cost.ts";
import { hasHosts } from "./has-hosts.ts";
import { type HostState, hostStateAsJson } from "./host-state.ts";
import { branchesOn } from "./targets.ts";

/** What agents have used, added up, and what it was made of. */
export interface CostReport {
  readonly by: Grouping;
  readonly since: Date | undefined;
  readonly rows: readonly CostRow[];
  readonly total: CostRow;
  readonly quotas: readonly { readonly agent: string; readonly quota: Quota }[];
  readonly pricesDate: string;
  readonly problems: readonly { readonly branch: string; readonly message: string }[];
  /** The hosts that were asked. Of a silent one, what it told before counts. */
  readonly hosts: readonly HostState[];
}

/** Says what agents have used. Throws FleetError for a name that means none. */
export async function cost(fleet: Fleet, input: CostInput): Promise<CostAnswer> {
  return costAnswer(
    await costReport(fleet, { ...input, since: input.since === undefined ? undefined : new Date(input.since) }),
  );
}

/** Adds up what agents have used, on all machines, killed ones too. Throws FleetError for a name that means none. */
export async function costReport(
  fleet: Fleet,
  {
    targets,
    all_repositories: everywhere,
    by,
    since,
    hosts,
  }: Omit<CostInput, "since"> & { readonly since: Date | undefined },
): Promise<CostReport> {
  // With the table of prices it takes some milliseconds to load, and a list has none of it.
  const [report, { costsEverywhere }, { priceTableDate: pricesDate }] = await Promise.all([
    import("../fleet/cost/report.ts"),
    import("../fleet/cost/elsewhere.ts"),
    import("../fleet/cost/prices.ts"),
  ]);
  const root = everywhere ? undefined : await currentRepositoryRoot(fleet);
  const isWanted = ({ repo }: AgentEntry) => root === undefined || repo === root;
  const all = report.everyAgent(fleet);
  const across = hosts ? await askHosts(fleet, all) : nowhereElse;
  const { here, told } = chosenBy(targets, {
    here: all.filter(isWanted),
    told: across.told.filter(({ entry }) => isWanted(entry)),
  });
  const costs = costsEverywhere(fleet, here, told, since);
  const rows = report.costRows(fleet, costs, by);
  const sum = rows.reduce<Cost>((all, row) => report.together(all, row), report.noCost);
  const agents = costs.filter(({ usage }) => usage.groups.length > 0).length;
  return {
    by,
    since,
    rows,
    total: { key: "total", agents, ...sum },
    quotas: report.quotas(costs),
    pricesDate,
    problems: [...across.problems, ...problemsIn(costs)],
    hosts: across.hosts,
  };
}

/** Agents whose own files are here, and what machines have told of agents; one that was moved may be among both. */
interface Found {
  readonly here: readonly AgentEntry[];
  readonly told: CostAcross["told"];
}

/** Those of the agents that words mean, all where there are none. Throws FleetError for a word that means none. */
function chosenBy(targets: readonly string[], { here, told }: Found): Found {
  const known = new Map([...told.map(({ entry }) => entry), ...here].map((entry) => [entry.id, entry]));
  const words = targets.flatMap((word) => branchesOn(told, word) ?? word);
  const chosen = new Set(filterAgents([...known.values()], words).map(({ id }) => id));
  return { here: here.filter(({ id }) => chosen.has(id)), told: told.filter(({ entry }) => chosen.has(entry.id)) };
}

const nowhereElse: CostAcross = { told: [], hosts: [], problems: [] };

/** What hosts say, where there are any, or were. */
async function askHosts(fleet: Fleet, known: readonly AgentEntry[]): Promise<CostAcross> {
  if (!hasHosts(fleet) && toldUsage(statePlaces(fleet)).length === 0) return nowhereElse;
  const { costAcross } = await import("./across/cost.ts");
  return costAcross(fleet, known);
}

/** A report, as it is answered. */
export function costAnswer({ by, since, rows, total, quotas, pricesDate, problems, hosts }: CostReport): CostAnswer {
  return {
    by,
    since: since?.toISOString() ?? null,
    rows: rows.map((row) => ({ [by]: row.key, agents: row.agents, ...costAsJson(row) })),
    total: { agents: total.agents, ...costAsJson(total) },
    prices_date: pricesDate,
    quotas: quotas.map(({ agent, quota }) => ({ agent, ...quotaAsJson(quota) })),
    problems: [...problems],
    ...(hosts.length === 0 ? {} : { hosts: hosts.map(hostStateAsJson) }),
  };
}

function problemsIn(costs: readonly AgentCost[]): { branch: string; message: string }[] {
  return costs.flatMap(({ entry, usage }) => usage.problems.map((message) => ({ branch: entry.branch, message })));
}

function quotaAsJson({ at, windows, plan }: Quota) {
  return {
    at: new Date(at).toISOString(),
    plan: plan ?? null,
    windows: windows.map(({ minutes, usedPercent, resetsAt }) => ({
      minutes,
      used_percent: usedPercent,
      resets_at: new Date(resetsAt).toISOString(),
    })),
  };
}

/** A cost as JSON. */
export function costAsJson(cost: Cost) {
  return {
    replies: cost.replies,
    tokens: tokensAsJson(cost.tokens),
    usd: cost.dollars === undefined ? null : rounded(cost.dollars),
    at_least: cost.atLeast,
    subscription: cost.subscription,
    unpriced_models: [...cost.unpriced],
  };
}

/** Tokens as JSON, each kind under its name. */
export function tokensAsJson(tokens: Tokens) {
  const { input, cacheRead, cacheWrite, cacheWriteHour, output } = addTokens(noTokens, tokens);
  return { input, cache_read: cacheRead, cache_write: cacheWrite, cache_write_1h: cacheWriteHour, output };
}

/** An amount of money as JSON: sums of binary fractions have tails that mean nothing. */
export function rounded(dollars: number): number {
  return Number(dollars.toFixed(9));
}
