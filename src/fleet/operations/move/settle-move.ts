import { FleetError } from "../../../errors.ts";
import { readAway } from "../../../state/away.ts";
import type { Operation } from "../../../state/journal.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { registered } from "../settleable.ts";
import { destinationWords, finishingMove } from "./pending-move.ts";

/**
 * A move is settled when the agent is known to be where it was to go, and nowhere else. Only the other machine knows how far any other one
 * came, so nothing is done or undone by guess. Throws FleetError `failed`, with the command that finds out, while the agent could be started
 * a second time.
 */
export async function settleMove(fleet: Fleet, { move }: Operation): Promise<void> {
  if (move === undefined) return;
  const isHere = registered(fleet, move.agent) !== undefined;
  const away = readAway(statePlaces(fleet), move.agent.id);
  if (isHere ? away === undefined && move.to === destinationWords(undefined) : isSettledAway(move.to, away?.host))
    return;
  const command = finishingMove({ move });
  throw new FleetError("failed", `nobody can tell how far it came; to find out and finish it, run ${command}`);
}

/** It is where it was to go, or was ended since. */
function isSettledAway(to: string, host: string | undefined): boolean {
  return host === undefined || to === destinationWords(host);
}
