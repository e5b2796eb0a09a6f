import type { TranscriptPlace } from "../../agents/adapter.ts";
import { findAgent } from "../../agents/catalog.ts";
import { addTokens, noTokens, type Quota, type Tokens } from "../../agents/usage.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readRecords } from "../../state/records.ts";
import { readRegistry } from "../../state/registry.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { transcriptPlace } from "../watch/transcript.ts";
import { type AgentUsage, usageOf, usageSince } from "./ledger.ts";
import { costOf } from "./prices.ts";
import type { UsageGroup } from "./totals.ts";

type Reader = Pick<Fleet, "settings" | "environment">;

/** By what a report adds up. */
export const groupings = ["agent", "batch", "model", "day", "ticket", "repo"] as const;

/** The key of what agents used that are for no ticket. */
const withoutTicket = "-";

export type Grouping = (typeof groupings)[number];

/** What was used, and what it costs. */
export interface Cost {
  readonly replies: number;
  readonly tokens: Tokens;
  /** US dollars at the prices for the API, of those models that have a price; `undefined` when none of them has. */
  readonly dollars: number | undefined;
  /** Models without a price, which are not in `dollars`. */
  readonly unpriced: readonly string[];
  /** More was used than what is written down. */
  readonly atLeast: boolean;
  /** Some of it, or all, is paid for by a subscription. */
  readonly subscription: boolean;
}

/** A line of a report. */
export interface CostRow extends Cost {
  readonly key: string;
  /** Agents that used something. */
  readonly agents: number;
}

/** One agent and what it has used. */
export interface AgentCost {
  readonly entry: AgentEntry;
  readonly usage: AgentUsage;
  readonly subscription: boolean;
}

export const noCost: Cost = {
  replies: 0,
  tokens: noTokens,
  dollars: undefined,
  unpriced: [],
  atLeast: false,
  subscription: false,
};

/** All agents that are known, those that were killed included, the newest last. */
export function everyAgent(fleet: Fleet): AgentEntry[] {
  const places = statePlaces(fleet);
  const live = readRegistry(places);
  const ids = new Set(live.map(({ id }) => id));
  const gone = readRecords(places).filter(({ id }) => !ids.has(id));
  return [...gone, ...live].sort((a, b) => a.created_at.localeCompare(b.created_at) || a.id.localeCompare(b.id));
}

/** What agents have used, since a moment or in all. */
export function agentCosts(fleet: Reader, entries: readonly AgentEntry[], since?: Date): AgentCost[] {
  // Agents of the same home have the same login.
  const subscriptions = new Map<string, boolean>();
  return entries.map((entry) => {
    const place = transcriptPlace(fleet, entry);
    const { places = [], secrets = [] } = findAgent(entry.agent, fleet.settings.config.agents)?.home ?? {};
    const key = JSON.stringify([
      entry.agent,
      ...[...places, ...secrets].map((name) => place.environment[name] ?? null),
    ]);
    const subscription = subscriptions.get(key) ?? isSubscribed(fleet, entry, place);
    subscriptions.set(key, subscription);
    const usage = since === undefined ? usageOf(fleet, entry, place) : usageSince(fleet, entry, since, place);
    return { entry, usage, subscription };
  });
}

function isSubscribed(fleet: Reader, entry: AgentEntry, place: TranscriptPlace): boolean {
  const { usage } = findAgent(entry.agent, fleet.settings.config.agents) ?? {};
  return usage?.subscription?.(place) === true;
}

/** What one agent has used costs this. */
export function costOfAgent(fleet: Pick<Fleet, "settings">, { usage, subscription }: Omit<AgentCost, "entry">): Cost {
  const own = fleet.settings.config.prices;
  const sum = usage.groups.reduce((total, group) => together(total, costOfGroup(own, group)), noCost);
  const isSubscription = (subscription || usage.quota?.plan !== undefined) && usage.groups.length > 0;
  return { ...sum, atLeast: usage.atLeast, subscription: isSubscription };
}

/** The rows of a report: the keys in the order in which they come up, days and models by name. */
export function costRows(fleet: Pick<Fleet, "settings">, costs: readonly AgentCost[], by: Grouping): CostRow[] {
  const rows = new Map<string, CostRow>();
  for (const agent of costs) {
    const parts = Map.groupBy(agent.usage.groups, (group) => keyOf(agent.entry, group, by));
    for (const [key, groups] of parts) {
      const cost = costOfAgent(fleet, { ...agent, usage: { ...agent.usage, groups } });
      const before = rows.get(key) ?? { ...noCost, key, agents: 0 };
      rows.set(key, { key, agents: before.agents + 1, ...together(before, cost) });
    }
  }
  const all = [...rows.values()];
  return by === "day" || by === "model" ? all.sort((a, b) => a.key.localeCompare(b.key)) : all;
}

/** Two costs added up. The sum is only known to be at least that where one of them is. */
export function together(a: Cost, b: Cost): Cost {
  return {
    replies: a.replies + b.replies,
    tokens: addTokens(a.tokens, b.tokens),
    dollars: a.dollars === undefined && b.dollars === undefined ? undefined : (a.dollars ?? 0) + (b.dollars ?? 0),
    unpriced: [...new Set([...a.unpriced, ...b.unpriced])],
    atLeast: a.atLeast || b.atLeast,
    subscription: a.subscription || b.subscription,
  };
}

/** What the accounts of agents were told last of their quota, by agent CLI. */
export function quotas(costs: readonly AgentCost[]): { readonly agent: string; readonly quota: Quota }[] {
  const newest = new Map<string, Quota>();
  for (const { entry, usage } of costs) {
    const known = newest.get(entry.agent);
    if (usage.quota !== undefined && usage.quota.at >= (known?.at ?? 0)) newest.set(entry.agent, usage.quota);
  }
  return [...newest].map(([agent, quota]) => ({ agent, quota }));
}

function costOfGroup(own: Parameters<typeof costOf>[0], group: UsageGroup): Cost {
  const dollars = costOf(own, group);
  const { replies, tokens, model } = group;
  return { ...noCost, replies, tokens, dollars, unpriced: dollars === undefined ? [model] : [] };
}

function keyOf(entry: AgentEntry, group: UsageGroup, by: Grouping): string {
  switch (by) {
    case "agent":
      return entry.branch;
    case "batch":
      return entry.batch_id;
    case "model":
      return group.model;
    case "day":
      return group.day;
    case "ticket":
      return entry.ticket?.key ?? withoutTicket;
    case "repo":
      return entry.repo;
  }
}
