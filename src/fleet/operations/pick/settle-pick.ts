import { readAway } from "../../../state/away.ts";
import type { Operation } from "../../../state/journal.ts";
import { readMerged } from "../../../state/merged.ts";
import { readPullRecord } from "../../../state/pull-request.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { settleKill } from "../kill/settle-kill.ts";
import { notePicked } from "./undo-pick.ts";

/**
 * Ends a race that was interrupted: one that was decided comes to its end, of one that was not nothing was changed. Others that are on
 * other machines are not reached from here: how to end them is said.
 */
export async function settlePick(fleet: Fleet, operation: Operation): Promise<void> {
  if (operation.pick === undefined) return;
  const { winner, since } = operation.pick;
  const places = statePlaces(fleet);
  const taken = [readMerged(places, winner.id), readPullRecord(places, winner.id)];
  const isTaken = taken.some((record) => record !== undefined && record.at >= since);
  const text = isTaken ? "it is taken, and the others are ended now" : "nobody is ended; run fleet pick again";
  fleet.report({ kind: "note", text: `${winner.branch}: picking it was interrupted; ${text}` });
  if (!isTaken) return;
  await settleKill(fleet, operation);
  const merge = readMerged(places, winner.id);
  if (merge !== undefined && merge.at >= since) notePicked(fleet, winner, operation.agents);
  const away = operation.agents.filter(({ id }) => readAway(places, id) !== undefined);
  if (away.length === 0) return;
  const command = `fleet kill ${away.map(({ branch }) => shellWord(branch)).join(" ")}`;
  fleet.report({ kind: "note", text: `${winner.branch}: others are on other machines; to end them, run ${command}` });
}
