import type { AgentEntry } from "../../../state/entry.ts";
import { readPullRecord } from "../../../state/pull-request.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";

/** What is to be deleted does not wait longer for a forge. */
const patienceMilliseconds = 5000;

/**
 * Looks once more at the pull requests that were open when they were seen last, for whoever is about to judge whether branches hold
 * anything. When a forge does not answer soon, what is known holds: nothing is deleted for that.
 */
export async function refreshOpenPulls(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  const open = entries.filter(({ id }) => {
    const state = readPullRecord(statePlaces(fleet), id)?.state;
    return state === "open" || state === "draft";
  });
  if (open.length === 0) return;
  // What speaks to forges takes its time to load, and most agents have no pull request.
  const { lookAtPulls } = await import("./refresh.ts");
  const impatient = AbortSignal.any([fleet.cancelled, AbortSignal.timeout(patienceMilliseconds)]);
  await lookAtPulls({ ...fleet, cancelled: impatient, report: () => undefined }, open).catch((error) => {
    fleet.cancelled.throwIfAborted();
    if (!impatient.aborted) throw error;
  });
}
