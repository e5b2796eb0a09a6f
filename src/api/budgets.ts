import type { Enforcement } from "../fleet/cost/budget.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { existsBudget } from "../fleet/watch/budgets.ts";
import { listAgents } from "../fleet/watch/list.ts";
import type { Observation } from "../fleet/watch/observe.ts";
import { type WaitOptions, type WaitResult, waitForAgents } from "../fleet/watch/wait.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { parted } from "./away.ts";

/** To read transcripts at every look would cost more than all the rest of a wait. */
const pauseMilliseconds = 2000;

/** What keeps budgets while somebody goes on looking; `undefined` where nobody has one. Says each warning once. */
function budgetGuard(fleet: Fleet, entries: readonly AgentEntry[]): WaitOptions["onLook"] {
  if (!existsBudget(fleet, entries)) return undefined;
  const warn = warnerOf(fleet);
  let next = 0;
  return async (observations) => {
    // An agent that has come to rest is about to end the wait.
    const isDue = performance.now() >= next || observations.some(({ status }) => status.word === "idle");
    if (!isDue) return [];
    const { changed, warnings } = await keepBudgets(fleet, observations);
    warn(warnings);
    next = performance.now() + pauseMilliseconds;
    return changed;
  };
}

/** Looks at all agents for nothing but their budgets, each time it is called. Says each warning once. */
export function guardOfAll(fleet: Fleet): () => Promise<void> {
  const warn = warnerOf(fleet);
  return async () => {
    const entries = readRegistry(statePlaces(fleet));
    if (!existsBudget(fleet, entries)) return;
    const { warnings } = await keepBudgets(fleet, await listAgents(fleet, entries, { shared: false }));
    warn(warnings);
  };
}

function warnerOf(fleet: Fleet): (warnings: readonly string[]) => void {
  const said = new Set<string>();
  return (warnings) => {
    for (const text of warnings) if (!said.has(text)) fleet.report({ kind: "warning", text });
    for (const warning of warnings) said.add(warning);
  };
}

/**
 * Waits for agents as `waitForAgents` does, on all machines, and stops the turns of those here whose budgets are used meanwhile; a host
 * keeps those of its own.
 */
export async function waitKeepingBudgets(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: Omit<WaitOptions, "onLook">,
): Promise<WaitResult> {
  const { here, away } = parted(fleet, entries);
  if (away.length === 0) return waitHere(fleet, entries, options);
  const { waitEverywhere } = await import("./across/wait.ts");
  return waitEverywhere(fleet, { entries, here, away }, options, waitHere);
}

function waitHere(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: Omit<WaitOptions, "onLook">,
): Promise<WaitResult> {
  const onLook = budgetGuard(fleet, entries);
  return waitForAgents(fleet, entries, { ...options, ...(onLook === undefined ? {} : { onLook }) });
}

/** Stops the turns of agents whose budgets are used. Loads what reads transcripts only where somebody has a budget. */
export async function keepBudgets(fleet: Fleet, observations: readonly Observation[]): Promise<Enforcement> {
  const entries = observations.map(({ entry }) => entry);
  if (!existsBudget(fleet, entries)) return { changed: [], warnings: [] };
  const { enforceBudgets } = await import("../fleet/cost/budget.ts");
  return enforceBudgets(fleet, observations);
}
