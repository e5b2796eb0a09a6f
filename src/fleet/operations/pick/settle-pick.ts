import type { Operation } from "../../../state/journal.ts";
import { readMerged } from "../../../state/merged.ts";
import { readPullRecord } from "../../../state/pull-request.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { settleKill } from "../kill/settle-kill.ts";

/** Ends a race that was interrupted: one that was decided comes to its end, of one that was not nothing was changed. */
export async function settlePick(fleet: Fleet, operation: Operation): Promise<void> {
  if (operation.pick === undefined) return;
  const { winner, since } = operation.pick;
  const places = statePlaces(fleet);
  const taken = [readMerged(places, winner.id), readPullRecord(places, winner.id)];
  const isTaken = taken.some((record) => record !== undefined && record.at >= since);
  const text = isTaken ? "it is taken, and the others are ended now" : "nobody is ended; run fleet pick again";
  fleet.report({ kind: "note", text: `${winner.branch}: picking it was interrupted; ${text}` });
  if (isTaken) await settleKill(fleet, operation);
}
