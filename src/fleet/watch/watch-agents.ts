import type { LoadedConfig } from "../../config/load.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { pause } from "../../system/poll.ts";
import type { Fleet } from "../fleet.ts";
import { gathered } from "../gather.ts";
import { type Observation, observeAgents } from "./observe.ts";

interface Pace {
  /** When to look again; asked after each look. */
  next(): NextLook;
  /** When to give up, by `performance.now()`; never when there is none. The last look is not before it. */
  readonly deadline?: number;
}

/**
 * Looks at agents again and again, for as long as somebody reads on and there are any: which ones is asked before each look. All who watch
 * at the same pace in one process look at the same moments and share each look, so that twenty who wait cost as much as one. Throws the
 * reason of `cancelled` the moment that fires, and FleetError `failed` when a tmux server does not tell.
 */
export async function* watchAgents(
  fleet: Fleet,
  entries: () => readonly AgentEntry[],
  pace: Pace,
): AsyncGenerator<readonly Observation[], void, undefined> {
  const { deadline = Number.POSITIVE_INFINITY } = pace;
  for (let watched = entries(); watched.length > 0; watched = entries()) {
    yield await Promise.all(watched.map((entry) => sharedLook(fleet, entry)));
    const now = performance.now();
    if (now >= deadline) return;
    await pause(Math.min(untilNextLook(now, pace.next()), Math.max(1, deadline - now)), fleet.cancelled);
  }
}

/** When to look again: at a multiple of `every` that is at least `rest` away, both in milliseconds. */
export interface NextLook {
  readonly every: number;
  /** Half of `every` when absent: a look that took long is not followed by another at once. */
  readonly rest?: number;
}

/** The milliseconds until then. */
export function untilNextLook(now: number, { every, rest = every / 2 }: NextLook): number {
  const earliest = now + rest;
  return rest + ((every - (earliest % every)) % every);
}

type Observer = (entry: AgentEntry) => Promise<Observation>;

/** Those who look at agents of the same fleet, by the settings they share, and of the same tmux server, since one may not tell. */
const observers = new WeakMap<LoadedConfig, Map<string, Observer>>();

function sharedLook(fleet: Fleet, entry: AgentEntry): Promise<Observation> {
  const known = observers.get(fleet.settings) ?? new Map<string, Observer>();
  observers.set(fleet.settings, known);
  const observer = known.get(entry.socket) ?? gathered((asked: readonly AgentEntry[]) => observeOnce(fleet, asked));
  known.set(entry.socket, observer);
  return observer(entry);
}

/** Several may ask for the same agent; it is looked at once. */
async function observeOnce(fleet: Fleet, asked: readonly AgentEntry[]): Promise<Observation[]> {
  const entries = [...new Map(asked.map((entry) => [entry.id, entry])).values()];
  const found = new Map((await observeAgents(fleet, entries)).map((seen) => [seen.entry.id, seen]));
  return asked.flatMap(({ id }) => found.get(id) ?? []);
}
