import type { AgentEntry } from "../state/entry.ts";
import { beginOperation, endOperation } from "../state/journal.ts";
import { finishKill, type KillResult } from "./finish-kill.ts";
import { type Fleet, statePlaces } from "./fleet.ts";
import { settleDeadOperations } from "./settle.ts";

/** Ends agents with their processes, sessions and worktrees, all at the same time. One that must be kept does not hold up the others. */
export async function killAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<KillResult[]> {
  await settleDeadOperations(fleet);
  const places = statePlaces(fleet);
  const operation = await beginOperation(places, {
    id: crypto.randomUUID().slice(0, 8),
    kind: "kill",
    agents: entries,
    new_branches: [],
  });
  const results = await Promise.all(entries.map((entry) => finishKill(fleet, entry)));
  endOperation(places, operation.id);
  return results;
}
