import type { AgentEntry } from "../state/entry.ts";
import { changeRegistry, withStateLock } from "../state/registry.ts";
import { type Fleet, lockOptions, statePlaces } from "./fleet.ts";

/** Adds agents to the registry, or brings what it says of them up to date. What exists is written down even when the user cancels. */
export async function recordAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  const ids = new Set(entries.map(({ id }) => id));
  await changeEntries(fleet, (registered) => [...registered.filter(({ id }) => !ids.has(id)), ...entries]);
}

/** Takes an agent out of the registry. */
export async function forgetAgent(fleet: Fleet, id: string): Promise<void> {
  await changeEntries(fleet, (registered) => registered.filter((entry) => entry.id !== id));
}

async function changeEntries(
  fleet: Fleet,
  change: (entries: readonly AgentEntry[]) => readonly AgentEntry[],
): Promise<void> {
  const places = statePlaces(fleet);
  const uncancelled = { ...lockOptions(fleet), cancelled: new AbortController().signal };
  await withStateLock(places, uncancelled, async () => changeRegistry(places, change));
}
