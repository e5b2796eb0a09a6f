import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import { openDesk } from "../fleet/tickets/desk.ts";
import { launchTickets } from "../fleet/tickets/launch.ts";
import { planTickets, type TicketPlan } from "../fleet/tickets/requests.ts";
import type { CreateAnswer } from "../model/wire/create.ts";
import type { TicketAnswer, TicketInput } from "../model/wire/ticket.ts";
import { createAnswer, requireBudget } from "./create.ts";

/**
 * Makes the agents that tickets lack, on other machines if any is named. Throws FleetError before anything is touched when one of them
 * cannot be read or started.
 */
export async function ticket(fleet: Fleet, input: TicketInput): Promise<TicketAnswer> {
  const { host, detach, ...wanted } = input;
  const { requests, present } = await plannedTickets(fleet, wanted);
  const made = requests.length === 0 ? { agents: [], failures: [] } : await started(fleet, requests, host, detach);
  return { ...made, present: present.map((entry) => ({ ...entry })) };
}

async function started(
  fleet: Fleet,
  requests: readonly AgentRequest[],
  host: string | undefined,
  detach: boolean,
): Promise<CreateAnswer> {
  if (host === undefined) return createAnswer(await launchTickets(fleet, requests, { detach }));
  const { startOnHosts } = await import("./across/start.ts");
  return startOnHosts(fleet, host, async () => requests, { detach });
}

/** What is to be started for tickets, and what is there. Throws FleetError `usage` when no ticket is named at all. */
export async function plannedTickets(fleet: Fleet, input: Omit<TicketInput, "detach" | "host">): Promise<TicketPlan> {
  const { tickets, query, tracker, limit, attempts, agent, from, batch, budget, quick } = input;
  if (tickets.length === 0 && query === undefined) {
    throw new FleetError("usage", "no ticket is named", { code: "unknown-ticket", hint: "see fleet help tickets" });
  }
  const request = { agent, from, quick, batch, budget: requireBudget(budget) };
  const found = query === undefined ? undefined : { text: query, tracker, limit };
  return planTickets(fleet, await openDesk(fleet), { words: tickets, query: found, attempts }, request);
}
