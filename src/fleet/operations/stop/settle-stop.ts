import type { Operation } from "../../../state/journal.ts";
import { agentFiles } from "../../../state/places.ts";
import { readRegistry } from "../../../state/registry.ts";
import { exists, removeTree } from "../../../system/files.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";

/**
 * A stop that died has ended an agent or not. One that goes on may end by itself much later, and that is no end that the user asked for:
 * the note that would have said so goes.
 */
export async function settleStop(fleet: Fleet, { stop = [] }: Operation): Promise<void> {
  const places = statePlaces(fleet);
  for (const { id } of readRegistry(places).filter((entry) => stop.includes(entry.id))) {
    const { endedByUs, stopped, exit } = agentFiles(places, id);
    if (!exists(stopped) && !exists(exit)) removeTree(endedByUs);
  }
}
