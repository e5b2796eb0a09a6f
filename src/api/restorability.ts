import { isWhole, trashedOf } from "../fleet/worktree/trash.ts";
import type { Ending } from "../state/ending.ts";
import { operationInProgress } from "../system/git/in-progress.ts";

/** What a restore would bring back, until when all of it, and what git was in the middle of there, as far as that can still be seen. */
export function restorability(ending: Ending) {
  const in_progress = interruptedIn(ending) ?? null;
  const trashed = trashedOf(ending);
  if (trashed === undefined || !isWhole(trashed))
    return { restorable: "snapshot" as const, restorable_until: null, in_progress };
  return { restorable: "whole" as const, restorable_until: ending.whole_until ?? null, in_progress };
}

/** What git was in the middle of in the worktree of a killed agent: `rebase`. */
export function interruptedIn({ admin }: Pick<Ending, "admin">): string | undefined {
  return admin == null ? undefined : operationInProgress(admin.place);
}
