import { isWhole, trashedOf } from "../fleet/worktree/trash.ts";
import type { Ending } from "../state/ending.ts";

/** What a restore would bring back, and until when all of it. */
export function restorability(ending: Ending) {
  const trashed = trashedOf(ending);
  if (trashed === undefined || !isWhole(trashed)) return { restorable: "snapshot" as const, restorable_until: null };
  return { restorable: "whole" as const, restorable_until: ending.whole_until ?? null };
}
