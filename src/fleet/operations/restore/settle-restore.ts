import type { Operation } from "../../../state/journal.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { disown } from "../kill/take-along.ts";
import { registered, requireReadable } from "../settleable.ts";
import { finishRestore } from "./finish-restore.ts";
import { undoRestore } from "./undo.ts";

/**
 * Ends a restore that was interrupted: of an agent that is in the registry what was kept for it goes, another one is taken back. What was
 * saved of it is still there then, so nothing is lost by that.
 */
export async function settleRestore(fleet: Fleet, operation: Operation): Promise<void> {
  for (const entry of operation.agents) {
    await requireReadable(fleet, entry);
    const there = registered(fleet, entry);
    if (there !== undefined) {
      finishRestore(statePlaces(fleet), there);
      if (there.left_by !== undefined) await disown(fleet, there);
      continue;
    }
    await undoRestore(fleet, entry, operation.new_branches.includes(entry.branch));
    fleet.report({ kind: "note", text: `${entry.branch}: bringing it back was interrupted; run fleet restore again` });
  }
}
