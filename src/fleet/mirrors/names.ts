import { FleetError } from "../../errors.ts";
import { readJournal } from "../../state/journal.ts";
import { parsedJson } from "../../state/json.ts";
import { readRegistry } from "../../state/registry.ts";
import { branchesAt } from "../../system/git/branches.ts";
import type { GitPlace } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import {
  type ReservedName,
  readNote,
  releaseNames,
  reservedNames,
  reserveNames,
  writeNote,
} from "../../system/git/reserved-names.ts";
import { identityOf, isOutOfSight, isRunning, type ProcessIdentity } from "../../system/processes/identity.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";

/** From the reservation of a name to an agent that is written down: nobody needs longer. What is known of a process is surer than a clock. */
const reservedMilliseconds = 10 * 60_000;

interface Names {
  /** The id of the fleet, on another machine, that they are for. */
  readonly owner: string;
  readonly names: readonly string[];
}

/**
 * Reserves those of the names that are free in a mirror, all at once, hands them on, and gives them back afterwards: by then those that
 * were used are names of branches and agents, and a name whose agent has gone is free again.
 */
export async function withNames<Value>(
  fleet: Fleet,
  mirror: Repository,
  { owner, names }: Names,
  body: (free: ReadonlySet<string>) => Promise<Value>,
): Promise<Value> {
  const place = gitAt(fleet, mirror.root);
  const note = await writeReservation(place, owner);
  const free = await reserveFree(fleet, mirror, names, note);
  try {
    return await body(new Set(free));
  } finally {
    await releaseNames(
      place,
      free.map((branch) => ({ branch, note })),
    );
  }
}

/** The error for a name that somebody has already. */
export function nameTaken(branch: string): FleetError {
  return new FleetError("failed", `the branch ${branch} is taken on this machine`, {
    code: "name-taken",
    hint: "to see which agents there are, run fleet list; to number on behind those of a fan-out, add --continue",
  });
}

/** Reserves those of the names that are free, and returns them. */
async function reserveFree(
  fleet: Fleet,
  mirror: Repository,
  wanted: readonly string[],
  note: string,
): Promise<readonly string[]> {
  const place = gitAt(fleet, mirror.root);
  // Somebody may reserve one of them between the look and the reservation.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const { taken, leftOver } = await mirrorNames(fleet, mirror);
    await releaseNames(place, leftOver);
    const free = wanted.filter((branch) => !taken.has(branch));
    if (await reserveNames(place, free, note)) return free;
  }
  throw new FleetError("failed", "the names could not be reserved on this machine, so nothing was made", {
    code: "names-taken",
    output: wanted.join("\n"),
    hint: "to see which there are, run fleet list; then choose others",
  });
}

/** What is noted with names: for which fleet, since when, and by which process here. */
interface Reservation {
  readonly owner: string;
  readonly at: string;
  /** Absent in what an earlier version wrote. */
  readonly process?: ProcessIdentity;
}

/** Notes in a mirror who reserves names in it; returns the object that names are reserved with. */
async function writeReservation(place: GitPlace, owner: string): Promise<string> {
  const identity = await identityOf(process.pid);
  const reservation: Reservation = {
    owner,
    at: new Date().toISOString(),
    ...(identity === undefined ? {} : { process: identity }),
  };
  return writeNote(place, JSON.stringify(reservation));
}

/** The names of branches that nobody can have any more in a mirror, and reservations that are of nobody. */
export async function mirrorNames(
  fleet: Fleet,
  { root }: Repository,
): Promise<{ readonly taken: ReadonlySet<string>; readonly leftOver: readonly ReservedName[] }> {
  const place = gitAt(fleet, root);
  const [branches, reserved] = await Promise.all([branchesAt(place, [""]), reservedNames(place)]);
  const places = statePlaces(fleet);
  const entries = [...readRegistry(places), ...readJournal(places).flatMap(({ agents }) => agents)];
  const used = new Set([
    ...branches.keys(),
    ...entries.filter(({ repo }) => repo === root).map(({ branch }) => branch),
  ]);
  const unused = reserved.filter(({ branch }) => !used.has(branch));
  const recent = await recentNotes(
    place,
    unused.map(({ note }) => note),
  );
  return {
    taken: new Set([...used, ...unused.filter(({ note }) => recent.has(note)).map(({ branch }) => branch)]),
    leftOver: unused.filter(({ note }) => !recent.has(note)),
  };
}

/** Those of the notes that were made by somebody who may still be at it. */
async function recentNotes(place: GitPlace, notes: readonly string[]): Promise<Set<string>> {
  const different = [...new Set(notes)];
  const recent = await Promise.all(different.map(async (note) => isRecent(await readNote(place, note))));
  return new Set(different.filter((_, index) => recent[index]));
}

async function isRecent(text: string | undefined): Promise<boolean> {
  const { at, process: by } = (parsedJson(text ?? "") ?? {}) as Partial<Reservation>;
  if (by !== undefined && !isOutOfSight(by)) return isRunning(by);
  return typeof at === "string" && Date.now() - Date.parse(at) < reservedMilliseconds;
}
