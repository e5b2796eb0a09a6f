import { signal } from "@preact/signals";
import type { TicketInput } from "../../../model/wire/ticket.ts";
import { counted } from "../words.ts";
import { perform } from "./activity.ts";

/** Changes whenever tickets may stand differently than before. */
export const ticketsChanged = signal(0);

/** Starts agents for tickets that have none. Says whether the server did not refuse. */
export async function startForTickets(directory: string, input: Partial<TicketInput>): Promise<boolean> {
  const { tickets = [], query } = input;
  const title = `Start for ${query === undefined ? those(tickets) : `what ${query} finds`}`;
  const done = await perform({ title, name: "ticket", input, directory });
  ticketsChanged.value += 1;
  return done !== undefined;
}

/** Writes back what agents are at: to these tickets, or to all that have agents. */
export async function writeBack(directory: string, tickets: readonly string[]): Promise<void> {
  const title = `Write back to ${tickets.length === 0 ? "the tickets" : those(tickets)}`;
  await perform({ title, name: "ticket_sync", input: { tickets: [...tickets] }, directory });
  ticketsChanged.value += 1;
}

function those(tickets: readonly string[]): string {
  const [first] = tickets;
  return tickets.length === 1 && first !== undefined ? first : counted(tickets.length, "ticket");
}
