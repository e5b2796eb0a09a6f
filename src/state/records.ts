import { namesIn, readTextIfExists } from "../system/files.ts";
import { type AgentEntry, isAgentEntry } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

/**
 * The entries that agents, killed ones included, keep beside their other files. One that does not parse tells nothing, and neither does
 * one in the folder of another agent: somebody made a copy.
 */
export function readRecords(places: StatePlaces): AgentEntry[] {
  return namesIn(places.agentsRoot)
    .filter((name) => /^[0-9a-f]{8}$/.test(name))
    .map((id) => readRecord(places, id))
    .filter((entry) => entry !== undefined);
}

/** The entry that the agent with this id keeps; `undefined` when there is none that can be told to be its own. */
function readRecord(places: StatePlaces, id: string): AgentEntry | undefined {
  const entry = parsedJson(readTextIfExists(agentFiles(places, id).record) ?? "");
  return isAgentEntry(entry) && entry.id === id ? entry : undefined;
}
