import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { openDesk } from "../fleet/tickets/desk.ts";
import { launchTickets } from "../fleet/tickets/launch.ts";
import { planTickets, type TicketPlan } from "../fleet/tickets/requests.ts";
import type { TicketAnswer, TicketInput } from "../model/wire/ticket.ts";
import { createAnswer, requireBudget } from "./create.ts";

/** Makes the agents that tickets lack. Throws FleetError before anything is touched when one of them cannot be read or started. */
export async function ticket(fleet: Fleet, input: TicketInput): Promise<TicketAnswer> {
  const { requests, present } = await plannedTickets(fleet, input);
  const made =
    requests.length === 0
      ? { agents: [], failures: [] }
      : createAnswer(await launchTickets(fleet, requests, { detach: input.detach }));
  return { ...made, present: present.map((entry) => ({ ...entry })) };
}

/** What is to be started for tickets, and what is there. Throws FleetError `usage` when no ticket is named at all. */
export async function plannedTickets(fleet: Fleet, input: Omit<TicketInput, "detach">): Promise<TicketPlan> {
  const { tickets, query, tracker, limit, attempts, agent, from, batch, budget, quick } = input;
  if (tickets.length === 0 && query === undefined) {
    throw new FleetError("usage", "no ticket is named", { code: "unknown-ticket", hint: "see fleet help tickets" });
  }
  const request = { agent, from, quick, batch, budget: requireBudget(budget) };
  const found = query === undefined ? undefined : { text: query, tracker, limit };
  return planTickets(fleet, await openDesk(fleet), { words: tickets, query: found, attempts }, request);
}
