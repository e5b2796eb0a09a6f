import { findAgent } from "../../agents/catalog.ts";
import { isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/**
 * What agents in sandboxes have committed since the last look is taken over, see `takeIn`, and what those in write-guards may have moved
 * is named, see `nameMovedBranches`. Nothing is loaded for those without.
 */
export async function takeInWork(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  const guarded = entries.filter(({ sandbox }) => sandbox?.kind === "write-guard");
  if (guarded.length > 0) {
    const { nameMovedBranches } = await import("./moved-branches.ts");
    nameMovedBranches(fleet, guarded);
  }
  const isolated = entries.filter(({ sandbox }) => isIsolated(sandbox));
  if (isolated.length === 0) return;
  const { takeIn } = await import("./inside/take-in.ts");
  await takeIn(fleet, isolated);
}

/** Logins that the CLIs of agents in sandboxes have renewed come back to the user, see `bringLoginBack`. */
export async function bringLoginsBack(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  for (const entry of entries.filter(({ sandbox }) => isIsolated(sandbox))) {
    const adapter = findAgent(entry.agent, fleet.settings.config.agents);
    if (adapter?.login === undefined) continue;
    const { bringLoginBack } = await import("./inside/homes.ts");
    bringLoginBack(agentFiles(statePlaces(fleet), entry.id), adapter, fleet.environment);
  }
}
