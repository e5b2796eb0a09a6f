/** What a machine bears, and what it bears already. */
export interface Room {
  readonly host: string;
  /** How many agents the user allows there; `undefined` when they have not said. */
  readonly slots: number | undefined;
  /** How many the machine's own configuration allows; `undefined` for no limit. */
  readonly most: number | undefined;
  /** Agents that run there already, whoever made them. */
  readonly running: number;
  readonly processors: number;
  /** Programs that ran or waited to run there, on average over the last minute. */
  readonly load: number;
  readonly memoryAvailable: number;
}

/** What an agent and its builds take of a machine when they are at it. Rough: it only says which machine is the better one. */
const memoryOfAgent = 1024 ** 3;
const agentsOfProcessor = 4;

/**
 * Says on which machine each of so many agents goes: the one that has the most room left at that moment, in slots, memory and processors
 * that nobody uses; of equal ones the first. Slots are kept; memory and load only decide between machines. Pure. `undefined` stands for an
 * agent that no machine has a slot for.
 */
export function placeAgents(count: number, rooms: readonly Room[]): (string | undefined)[] {
  const placed = new Map(rooms.map(({ host }) => [host, 0]));
  return Array.from({ length: count }, () => {
    const open = rooms.filter((room) => freeSlots(room) > (placed.get(room.host) ?? 0));
    const [best] = open.toSorted((a, b) => left(b, placed) - left(a, placed));
    if (best === undefined) return undefined;
    placed.set(best.host, (placed.get(best.host) ?? 0) + 1);
    return best.host;
  });
}

/** How many agents may still be started on a machine; infinite when nobody has set a limit. */
export function freeSlots({ slots, most, running }: Room): number {
  const limit = Math.min(slots ?? Number.POSITIVE_INFINITY, most ?? Number.POSITIVE_INFINITY);
  return Math.max(0, limit - running);
}

/** How many more agents a machine would bear well, after those that were placed on it. It may be less than none. */
function left(room: Room, placed: ReadonlyMap<string, number>): number {
  const byMemory = room.memoryAvailable / memoryOfAgent;
  const byProcessors = (room.processors - room.load) * agentsOfProcessor;
  return Math.min(freeSlots(room), byMemory, byProcessors) - (placed.get(room.host) ?? 0);
}
