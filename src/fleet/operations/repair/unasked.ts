import { isAbsolute } from "node:path";
import type { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { isInside } from "../../../system/files.ts";

/** A repository, a tmux server by its socket, or an engine of containers by its name, that is there and could not be asked. */
export interface Unasked {
  readonly place: string;
  readonly error: FleetError;
}

/** One of them, with the agents of which so much is not known that nothing is done about them. */
export interface Untouched extends Unasked {
  readonly agents: readonly AgentEntry[];
}

/** Whether something of an agent is where nobody could be asked. */
export function isUntold(
  unasked: readonly Unasked[],
): (entry: Pick<AgentEntry, "repo" | "socket" | "sandbox">) => boolean {
  const places = new Set(unasked.map(({ place }) => place));
  return ({ repo, socket, sandbox }) => [repo, socket, sandbox?.kind ?? ""].some((place) => places.has(place));
}

/** The agents that are left as they are, by what could not be asked; a directory or worktree of a repository is not named beside it. */
export function untouchedBy(unasked: readonly Unasked[], registry: readonly AgentEntry[]): Untouched[] {
  const places = new Set(unasked.map(({ place }) => place));
  const ofUnasked = registry.filter(({ repo }) => places.has(repo)).map(({ worktree }) => worktree);
  const isWithin = (place: string, outer: string) => isAbsolute(place) && isInside(outer, place);
  const apart = unasked.filter(
    ({ place }) =>
      !ofUnasked.some((worktree) => isWithin(place, worktree)) &&
      unasked.every((other) => other.place === place || !isAbsolute(other.place) || !isWithin(place, other.place)),
  );
  return apart.map((each) => ({ ...each, agents: registry.filter(isUntold([each])) }));
}
