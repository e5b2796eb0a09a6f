import { FleetError } from "../../errors.ts";
import { agentsOf, endOperation, readJournal } from "../../state/journal.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/**
 * Gives up the operations that one machine left half done, or the one with this id: they are neither finished nor undone any more, and
 * what is there of them stays as it is. Returns what was given up, a line each. Throws FleetError `failed` when there is none.
 */
export function abandonOperations(fleet: Fleet, name: string): string[] {
  const places = statePlaces(fleet);
  const journal = readJournal(places);
  const given = journal.filter(({ id, owner }) => id === name || owner.machine === name);
  if (given.length === 0) {
    const known = journal.map(({ id, owner }) => `${id}${owner.machine === undefined ? "" : ` of ${owner.machine}`}`);
    throw new FleetError("failed", `no operation of ${name} is half done`, {
      ...(known.length === 0 ? {} : { output: known.join("\n") }),
      hint: "to see what there is, run fleet doctor",
    });
  }
  for (const { id } of given) endOperation(places, id);
  return given.flatMap((operation) => {
    const agents = agentsOf(operation);
    if (agents.length === 0) return [`gave up the ${operation.kind} ${operation.id}`];
    return agents.map(({ branch, repo }) => `gave up the ${operation.kind} of ${branch} in ${repo}`);
  });
}
