import { statSync } from "node:fs";
import { tokenCount } from "../../agents/usage.ts";
import { type Budget, budgetIn, budgetText, tokenText } from "../../config/budgets.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles, spendingRoot } from "../../state/places.ts";
import { exists, readTextIfExists, removeTree, replaceFile } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { interruptAgent } from "../talk/interrupt.ts";
import { existsBudget } from "../watch/budgets.ts";
import type { Observation } from "../watch/observe.ts";
import { type BudgetScope, batchKey, raisedBudgets } from "./budget-file.ts";
import { usageOf } from "./ledger.ts";
import { costOf } from "./prices.ts";
import { everyAgent } from "./report.ts";
import { batchDirectory, dayDirectory, forgetSpent, type Spent, tellSpent } from "./spending.ts";
import { dayOf, type UsageGroup } from "./totals.ts";

/** A budget that an agent has, alone or with others, and what is used of it. */
export interface BudgetState {
  readonly entry: AgentEntry;
  readonly scope: BudgetScope;
  readonly limit: Budget;
  /** In the unit of the limit. */
  readonly used: number;
  /** Models that have no price, so that a budget of money does not count them. */
  readonly unpriced: readonly string[];
}

/** How much earlier than it was a file may say that it was written. */
const tickMilliseconds = 20;
/** From here on a budget is worth a warning. */
const warningShare = 0.8;

/** The budgets of agents, and what is used of them, killed agents included. Tells those what was found that keep theirs themselves. */
export function budgetStates(fleet: Fleet, entries: readonly AgentEntry[]): BudgetState[] {
  if (!existsBudget(fleet, entries)) return [];
  const usage = new Map<string, readonly UsageGroup[]>();
  const groupsOf = (entry: AgentEntry) => {
    const known = usage.get(entry.id) ?? usageOf(fleet, entry).groups;
    usage.set(entry.id, known);
    return known;
  };
  const raised = raisedBudgets(fleet);
  const { config } = fleet.settings;
  const today = dayOf(Date.now());
  const day = budgetIn(raised.days[today] ?? config.budget_per_day);
  const isShared = day !== undefined || config.budget_per_batch !== "" || Object.keys(raised.batches).length > 0;
  const all = isShared ? everyAgent(fleet) : [];
  const groupsOfToday = (entry: AgentEntry) => groupsOf(entry).filter((group) => group.day === today);
  const usedToday = day === undefined ? undefined : usedOf(fleet, day, all.flatMap(groupsOfToday));
  const batchLimitOf = (entry: AgentEntry) => budgetIn(raised.batches[batchKey(entry)] ?? config.budget_per_batch);
  if (isShared && exists(spendingRoot(statePlaces(fleet)))) {
    const batches = Map.groupBy(all, batchDirectory);
    const limited = new Set(entries.filter((entry) => batchLimitOf(entry) !== undefined).map(batchDirectory));
    for (const batch of limited) tell(fleet, batch, batches.get(batch) ?? [], groupsOf);
    if (day !== undefined) tell(fleet, dayDirectory(today), all, groupsOfToday);
    forgetSpent(statePlaces(fleet), batches, today);
  }
  return entries.flatMap((entry): BudgetState[] => {
    const states: BudgetState[] = [];
    const own = budgetIn(entry.budget ?? config.budget_per_agent);
    if (own !== undefined) states.push({ entry, scope: "agent", limit: own, ...usedOf(fleet, own, groupsOf(entry)) });
    const batch = batchLimitOf(entry);
    if (batch !== undefined) {
      const members = all.filter((other) => batchKey(other) === batchKey(entry));
      states.push({ entry, scope: "batch", limit: batch, ...usedOf(fleet, batch, members.flatMap(groupsOf)) });
    }
    if (day !== undefined && usedToday !== undefined) states.push({ entry, scope: "day", limit: day, ...usedToday });
    return states;
  });
}

function tell(
  fleet: Fleet,
  directory: string,
  entries: readonly AgentEntry[],
  groupsOf: (entry: AgentEntry) => readonly UsageGroup[],
): void {
  const spent = entries.flatMap((entry): Spent[] => {
    const groups = groupsOf(entry);
    if (groups.length === 0) return [];
    const { used: dollars } = usedOf(fleet, { unit: "USD" }, groups);
    return [{ id: entry.id, dollars, tokens: usedOf(fleet, { unit: "tokens" }, groups).used }];
  });
  tellSpent(statePlaces(fleet), directory, spent);
}

/** What a look at the budgets came to. */
export interface Enforcement {
  /** Agents of which something else is so now than when they were looked at. */
  readonly changed: readonly AgentEntry[];
  /** What the user should know: budgets that are nearly used, turns that could not be stopped. */
  readonly warnings: readonly string[];
}

/**
 * Stops the turns of agents whose budgets are used, and lets `error: budget ...` be said of them until it is raised. Nothing is lost:
 * the agents stay, with what they did so far.
 */
export async function enforceBudgets(fleet: Fleet, observations: readonly Observation[]): Promise<Enforcement> {
  const entries = observations.map(({ entry }) => entry);
  const began = Date.now();
  const states = budgetStates(fleet, entries);
  const changed = new Set<AgentEntry>();
  const warnings = new Set<string>();
  for (const state of states) for (const warning of warningsOf(state)) warnings.add(warning);
  await Promise.all(
    observations.map(async ({ entry, status }) => {
      const over = states.find((state) => state.entry.id === entry.id && isUsed(state));
      if (markUsed(fleet, entry, over, began)) changed.add(entry);
      if (over === undefined || status.word !== "working") return;
      // It may have come to rest by itself meanwhile.
      const { working, why } = await interruptAgent(fleet, entry);
      if (working) warnings.add(`${entry.branch} is over its budget and goes on: ${why}`);
      else changed.add(entry);
    }),
  );
  return { changed: [...changed], warnings: [...warnings] };
}

/** Whether all of a budget is used. */
export function isUsed({ used, limit }: BudgetState): boolean {
  return used >= limit.amount;
}

/** `budget 5.00 USD used`, with whose it is unless it is the agent's own. */
export function usedReason({ scope, limit }: Pick<BudgetState, "scope" | "limit">): string {
  const whose = { agent: "", batch: " of the batch", day: " of the day" }[scope];
  return `budget${whose} ${budgetText(limit)} used`;
}

/** Notes that a budget is used, or no longer was at a moment, where the status of the agent is decided. Says whether that is news. */
export function markUsed(
  fleet: Fleet,
  entry: AgentEntry,
  over: BudgetState | undefined,
  asOf = Number.POSITIVE_INFINITY,
): boolean {
  const { overBudget, directory } = agentFiles(statePlaces(fleet), entry.id);
  if (over === undefined) {
    // What the agent found itself since this look began is newer than what was read.
    const noted = statSync(overBudget, { throwIfNoEntry: false });
    const isOld = noted !== undefined && noted.mtimeMs + tickMilliseconds < asOf;
    if (isOld) removeTree(overBudget);
    return isOld;
  }
  const text = `${usedReason(over)}\n`;
  const isNew = exists(directory) && readTextIfExists(overBudget) !== text;
  if (isNew) replaceFile(overBudget, text);
  return isNew;
}

/** What is used of a budget, in its unit: `1.20 USD`, `900k tokens`. */
export function usedText({ used, limit }: BudgetState): string {
  return limit.unit === "USD" ? `${used.toFixed(2)} USD` : `${tokenText(used)} tokens`;
}

function usedOf(
  fleet: Fleet,
  { unit }: Pick<Budget, "unit">,
  groups: readonly UsageGroup[],
): Pick<BudgetState, "used" | "unpriced"> {
  const unpriced = new Set<string>();
  let used = 0;
  for (const group of groups) {
    const cost = unit === "USD" ? costOf(fleet.settings.config.prices, group) : tokenCount(group.tokens);
    if (cost === undefined) unpriced.add(group.model);
    used += cost ?? 0;
  }
  return { used, unpriced: [...unpriced] };
}

function warningsOf(state: BudgetState): string[] {
  const { entry, scope, limit, used, unpriced } = state;
  const whose = {
    agent: `${entry.branch} has`,
    batch: `the batch ${entry.batch_id} has`,
    day: "all agents have today",
  }[scope];
  const share = used / limit.amount;
  const near = share >= warningShare && share < 1;
  return [
    ...(near ? [`${whose} used ${usedText(state)} of a budget of ${budgetText(limit)}`] : []),
    ...unpriced.map((model) => `no price is known for ${model}: a budget in USD does not count it`),
  ];
}
