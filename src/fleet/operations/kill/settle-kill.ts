import type { Operation } from "../../../state/journal.ts";
import type { Fleet } from "../../fleet.ts";
import { cautiousKill } from "../../worktree/kill-options.ts";
import { registered } from "../settleable.ts";
import { finishKills } from "./finish-kill.ts";
import { disownKept } from "./take-along.ts";

/** What takes longer is kept, and may be killed again. */
const patienceMilliseconds = 30_000;

/** Ends a kill that was interrupted, whatever its options were, so that nothing is lost by it. */
export async function settleKill(fleet: Fleet, operation: Operation): Promise<void> {
  const unfinished = operation.agents.filter((entry) => registered(fleet, entry) !== undefined);
  const results = await finishKills(fleet, operation.id, unfinished, {
    ...cautiousKill,
    isChoiceLost: true,
    patienceMilliseconds,
  });
  await disownKept(fleet, results);
  for (const result of results) {
    const outcome = result.ended ? "it is gone now" : `it is kept: ${result.why}`;
    fleet.report({ kind: "note", text: `${result.entry.branch}: ending it was interrupted; ${outcome}` });
  }
}
