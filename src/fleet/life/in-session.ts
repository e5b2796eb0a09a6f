import type { Observation } from "../watch/observe.ts";

/** An agent that is in a session. */
type InSession = Observation & { readonly pane: NonNullable<Observation["pane"]> };

/** Those that are in a session, by the tmux server that has it. */
export function bySocket(observations: readonly Observation[]): Map<string, InSession[]> {
  const inSession = observations.filter((observation): observation is InSession => observation.pane !== undefined);
  return Map.groupBy(inSession, ({ entry }) => entry.socket);
}
