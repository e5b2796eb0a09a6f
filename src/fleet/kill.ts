import type { AgentEntry } from "../state/entry.ts";
import { beginOperation, endOperation } from "../state/journal.ts";
import { finishKills, type KillResult } from "./finish-kill.ts";
import { type Fleet, statePlaces } from "./fleet.ts";
import { settleDeadOperations } from "./settle.ts";

/** Ends agents with their processes, sessions and worktrees, all at the same time. */
export async function killAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<KillResult[]> {
  await settleDeadOperations(fleet);
  const places = statePlaces(fleet);
  const id = crypto.randomUUID().slice(0, 8);
  await beginOperation(places, { id, kind: "kill", agents: entries, new_branches: [] });
  const results = await finishKills(fleet, id, entries);
  endOperation(places, id);
  return results;
}
