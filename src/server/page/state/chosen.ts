import { computed, signal } from "@preact/signals";
import type { Agent } from "../wire.ts";
import { agentsById, hostOf, ordered } from "./agents.ts";
import { route } from "./route.ts";
import { knownRepositories } from "./server.ts";

/** The words that the list is narrowed down by. */
export const filter = signal("");
/** The agents that are ticked. */
export const ticked = signal<ReadonlySet<string>>(new Set());
/** The agent whose row the keyboard is at. */
export const focused = signal<string | undefined>(undefined);

/** The agent whose terminal takes the keyboard as soon as it is shown. */
export const keyboardWanted = signal<string | undefined>(undefined);

/** The agent whose question gets the keyboard as soon as it is shown. */
export const questionWanted = signal<string | undefined>(undefined);

/** The agents that the list shows: all words must be somewhere in what is known of one. */
export const listed = computed(() => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return ordered.value;
  return ordered.value.filter((agent) => {
    const { branch, status, agent: kind, batch_id, repo, task, reason, ticket } = agent;
    const text = [branch, status, kind, batch_id, repo, task, reason ?? "", ticket?.key ?? "", hostOf(agent) ?? ""]
      .join("\n")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
});

/** The agent that is open. */
export const opened = computed<Agent | undefined>(() =>
  route.value.at === "agent" ? agentsById.value.get(route.value.id) : undefined,
);

/** The agent that a key means: the one that is open, else the one whose row the keyboard is at. */
export const current = computed<Agent | undefined>(
  () => opened.value ?? (focused.value === undefined ? undefined : agentsById.value.get(focused.value)),
);

/** The agents that an action means: those that are ticked, else the current one. */
export const meant = computed<readonly Agent[]>(() => {
  const several = ordered.value.filter(({ id }) => ticked.value.has(id));
  if (several.length > 0) return several;
  return current.value === undefined ? [] : [current.value];
});

const repositoryOfTickets = signal<string | undefined>(undefined);

/** The repository whose tickets are shown: the one that was chosen, else that of the agent one comes from, else the first. */
export const ticketRepository = computed(
  () => repositoryOfTickets.value ?? current.value?.repo ?? knownRepositories.value[0] ?? "",
);

/** Chooses whose tickets are shown. */
export function showTicketsOf(repo: string): void {
  repositoryOfTickets.value = repo;
}

/** Ticks an agent, or takes the tick away. */
export function tick(id: string): void {
  const next = new Set(ticked.value);
  if (!next.delete(id)) next.add(id);
  ticked.value = next;
}

/** Ticks exactly these. */
export function tickOnly(agents: readonly Agent[]): void {
  ticked.value = new Set(agents.map(({ id }) => id));
}
