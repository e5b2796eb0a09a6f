import { type EndedAgent, readEnding } from "../../state/ending.ts";
import { readJournal } from "../../state/journal.ts";
import { readRegistry, withStateLock } from "../../state/registry.ts";
import { type Fleet, lockOptions, statePlaces } from "../fleet.ts";

/**
 * Does something to what is kept of a killed agent while nobody can bring it back: a restore claims its agent under the same lock.
 * Returns `undefined`, and does nothing, when it is not as it was found any more: brought back or at it, or killed anew since. Short: all
 * commands of the fleet wait meanwhile.
 */
export async function whileEnded<Value>(
  fleet: Fleet,
  agent: EndedAgent,
  body: () => Value | Promise<Value>,
): Promise<Value | undefined> {
  return withStateLock(statePlaces(fleet), { ...lockOptions(fleet), insists: true }, async () =>
    isAsFound(fleet, agent) ? body() : undefined,
  );
}

function isAsFound(fleet: Fleet, { entry: { id }, ending }: EndedAgent): boolean {
  const places = statePlaces(fleet);
  const operations = readJournal(places).filter(({ agents }) => agents.some((agent) => agent.id === id));
  // One that is being killed is in the registry to the end of that.
  const isBeingKilled = operations.some(({ kind }) => kind === "kill" || kind === "pick");
  const isThere = readRegistry(places).some((agent) => agent.id === id) && !isBeingKilled;
  const now = readEnding(places, id);
  const isAnother = now !== undefined && (now.operation !== ending.operation || now.ended_at !== ending.ended_at);
  return operations.every(({ kind }) => kind !== "restore") && !isThere && !isAnother;
}
