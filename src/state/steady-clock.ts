import { join } from "node:path";
import { readTextIfExists, rememberIn } from "../system/files.ts";
import { secondsSinceBoot } from "../system/machine.ts";
import { bootId } from "../system/processes/identity.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

/**
 * A moment that no correction of the machine's clock moves: how many seconds had gone by on a clock of our own. Two moments of the same
 * clock can be compared.
 */
export interface SteadyMoment {
  readonly clock: string;
  readonly seconds: number;
}

/** What the clock showed when it was last looked at. */
export interface ClockNote extends SteadyMoment {
  readonly boot: string;
  /** Since that boot, in seconds. */
  readonly uptime: number;
  /** The machine's clock, in seconds since the epoch. */
  readonly wall: number;
}

/** What the machine says of the time. */
export type MachineTime = Pick<ClockNote, "boot" | "uptime" | "wall">;

/** A clock that is kept in step is corrected by less than this between two looks; a container may have an uptime of its own. */
const slackSeconds = 60;

/**
 * The clock at a later look. It counts the time for which the machine has run for certain, suspended or not: what its clock alone says has
 * gone by, while it was off or because somebody set it, does not count.
 */
export function advanced(note: ClockNote, { boot, uptime, wall }: MachineTime): ClockNote {
  const isSameBoot = boot === note.boot && uptime >= note.uptime;
  const ran = isSameBoot ? uptime - note.uptime : uptime;
  const passed = Math.max(0, wall - note.wall) + (isSameBoot ? slackSeconds : 0);
  return { clock: note.clock, seconds: note.seconds + Math.min(ran, passed), boot, uptime, wall };
}

/** What our clock shows now, noted for the next look. `undefined` where that cannot be noted: nobody could compare it with anything. */
export function steadyNow(places: Pick<StatePlaces, "agentsRoot">): SteadyMoment | undefined {
  const file = join(places.agentsRoot, "clock.json");
  const machine = { boot: bootId(), uptime: secondsSinceBoot(), wall: Date.now() / 1000 };
  const known = parsedJson(readTextIfExists(file) ?? "");
  const note = isClockNote(known)
    ? advanced(known, machine)
    : { clock: crypto.randomUUID().slice(0, 8), seconds: 0, ...machine };
  if (!rememberIn(file, JSON.stringify(note))) return undefined;
  return { clock: note.clock, seconds: note.seconds };
}

/** Whether a value is a moment of such a clock. */
export function isSteadyMoment(value: unknown): value is SteadyMoment {
  const { clock, seconds } = (value ?? {}) as Partial<SteadyMoment>;
  return typeof clock === "string" && Number.isFinite(seconds);
}

function isClockNote(value: unknown): value is ClockNote {
  const { boot, uptime, wall } = (value ?? {}) as Partial<ClockNote>;
  return isSteadyMoment(value) && typeof boot === "string" && Number.isFinite(uptime) && Number.isFinite(wall);
}
