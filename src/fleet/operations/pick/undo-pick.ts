import { awayAgents } from "../../../state/away.ts";
import { readEnding } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type Merged, readMerged } from "../../../state/merged.ts";
import { forgetPicked, readPicked, writePicked } from "../../../state/picked.ts";
import { readRecords } from "../../../state/records.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { undoMerge } from "../merge/undo-merge.ts";

/** Writes down that the end of these agents and the merge of the winner are one thing, to be taken back together. */
export function notePicked(fleet: Fleet, winner: AgentEntry, losers: readonly AgentEntry[]): void {
  const places = statePlaces(fleet);
  const merged = readMerged(places, winner.id)?.new;
  const operations = [...new Set(losers.flatMap(({ id }) => readEnding(places, id)?.operation ?? []))];
  if (merged !== undefined && operations.length > 0) writePicked(places, winner.id, { v: 1, merged, operations });
}

/** Who won the race whose others this kill operation ended, if it was one and its merge was not taken back. */
export function winnerBehind(fleet: Fleet, operation: string): AgentEntry | undefined {
  const places = statePlaces(fleet);
  const known = [...readRecords(places), ...awayAgents(places).map(({ entry }) => entry)];
  return known.find(({ id }) => {
    const picked = readPicked(places, id);
    return picked?.operations.includes(operation) === true && picked.merged === readMerged(places, id)?.new;
  });
}

/** Takes the merge of a winner back. Throws FleetError `failed` as `undoMerge` does. */
export async function undoPick(fleet: Fleet, winner: AgentEntry): Promise<Merged> {
  const { merged } = await undoMerge(fleet, [winner]);
  forgetPicked(statePlaces(fleet), winner.id);
  return merged;
}
