import { batches, type ShownAgent } from "../../api/agents.ts";
import type { ScreenState } from "./state.ts";

/** A row of the list: an agent, or the line above those of a batch. */
export type Row =
  | { readonly kind: "agent"; readonly agent: ShownAgent }
  | { readonly kind: "batch"; readonly batch: string; readonly members: readonly ShownAgent[] };

type Listed = Pick<ScreenState, "agents" | "filter" | "grouped">;

/** The agents that the filter lets through: all of its words are in what the list says of them. */
export function shownAgents({ agents = [], filter }: Pick<Listed, "agents" | "filter">): readonly ShownAgent[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  return words.length === 0 ? agents : agents.filter((agent) => words.every((word) => said(agent).includes(word)));
}

function said({ entry, status, task, lastWords }: ShownAgent): string {
  return [entry.branch, entry.batch_id, entry.agent, status.word, status.reason, task, lastWords]
    .join("\n")
    .toLowerCase();
}

/** The rows of the list, from the first to the last. */
export function listRows(state: Listed): readonly Row[] {
  const agents = shownAgents(state);
  if (!state.grouped) return agents.map((agent) => ({ kind: "agent", agent }));
  return batches(agents).flatMap(([batch, members]): Row[] => [
    { kind: "batch", batch, members },
    ...members.map((agent): Row => ({ kind: "agent", agent })),
  ]);
}

/** The agents that a key is about: the marked ones, or the one under the cursor. */
export function targets({ agents = [], marked, selected }: ScreenState): readonly ShownAgent[] {
  return agents.filter(({ entry }) => (marked.size > 0 ? marked.has(entry.id) : entry.id === selected));
}

/** The agent under the cursor. */
export function selectedAgent({
  agents = [],
  selected,
}: Pick<ScreenState, "agents" | "selected">): ShownAgent | undefined {
  return agents.find(({ entry }) => entry.id === selected);
}
