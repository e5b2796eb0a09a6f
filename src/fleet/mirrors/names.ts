import { readJournal } from "../../state/journal.ts";
import { parsedJson } from "../../state/json.ts";
import { readRegistry } from "../../state/registry.ts";
import { branchesAt } from "../../system/git/branches.ts";
import type { GitPlace } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { type ReservedName, readNote, reservedNames, writeNote } from "../../system/git/reserved-names.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";

/** From the reservation of a name to an agent that is written down: nobody needs longer, so what is older is left over. */
const reservedMilliseconds = 10 * 60_000;

/** Notes in a mirror who reserves names in it, and since when; returns the object that names are reserved with. */
export function writeReservation(place: GitPlace, owner: string): Promise<string> {
  return writeNote(place, JSON.stringify({ owner, at: new Date().toISOString() }));
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

/** Those of the notes that were made so lately that whoever made them may still be at it. */
async function recentNotes(place: GitPlace, notes: readonly string[]): Promise<Set<string>> {
  const different = [...new Set(notes)];
  const texts = await Promise.all(different.map((note) => readNote(place, note)));
  return new Set(different.filter((_, index) => isRecent(texts[index])));
}

function isRecent(text: string | undefined): boolean {
  const { at } = (parsedJson(text ?? "") ?? {}) as { readonly at?: unknown };
  return typeof at === "string" && Date.now() - Date.parse(at) < reservedMilliseconds;
}
