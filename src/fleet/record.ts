import type { AgentEntry } from "../state/entry.ts";
import { changeRegistry, withStateLock } from "../state/registry.ts";
import { type Fleet, lockOptions, statePlaces } from "./fleet.ts";

/** Adds agents to the registry, or brings what it says of them up to date. What exists is written down even when the user cancels. */
export async function recordAgents(fleet: Fleet, entries: readonly AgentEntry[]): Promise<void> {
  const ids = new Set(entries.map(({ id }) => id));
  await changeEntries(fleet, (registered) => [...registered.filter(({ id }) => !ids.has(id)), ...entries]);
}

/** Takes agents out of the registry. */
export async function forgetAgents(fleet: Fleet, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await changeEntries(fleet, (registered) => registered.filter(({ id }) => !ids.includes(id)));
}

/** Changes the registry under its lock, and says when it had to be rebuilt. */
export async function changeEntries(
  fleet: Fleet,
  change: (entries: readonly AgentEntry[]) => readonly AgentEntry[],
): Promise<void> {
  const places = statePlaces(fleet);
  const { setAside } = await withStateLock(places, { ...lockOptions(fleet), insists: true }, async () =>
    changeRegistry(places, change),
  );
  if (setAside === undefined) return;
  fleet.report({
    kind: "warning",
    text: `the registry did not parse and was rebuilt; what was there is in ${setAside}`,
  });
}
