import type { Fleet } from "../fleet/fleet.ts";
import { findPrunable, type Prunable } from "../fleet/operations/prune/prunable.ts";
import { prune as removePrunable } from "../fleet/operations/prune/prune.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import type { PruneAnswer, PruneInput } from "../model/wire/prune.ts";

/** Says what can go, and removes nothing. */
export async function prunable(fleet: Fleet, { trash }: PruneInput): Promise<PruneAnswer> {
  return { dry_run: true, prunable: asJson(await findPrunable(fleet, new Date(), { trash })), failures: [] };
}

/** Removes what can go, and says what that was and what had to stay. */
export async function prune(fleet: Fleet, { trash }: PruneInput): Promise<PruneAnswer> {
  await settleDeadOperations(fleet);
  const found = await findPrunable(fleet, new Date(), { trash });
  const kept = await removePrunable(fleet, found);
  return {
    dry_run: false,
    prunable: asJson(found),
    failures: kept.map((message) => ({ kind: "kept", message, hint: null })),
  };
}

function asJson(found: readonly Prunable[]): PruneAnswer["prunable"] {
  return found.map(({ kind, name, why }) => ({ kind, name, reason: why }));
}
