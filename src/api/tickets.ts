import { errorAsJson, FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { releaseTickets } from "../fleet/tickets/claims.ts";
import { openDesk } from "../fleet/tickets/desk.ts";
import { ticketStandings } from "../fleet/tickets/overview.ts";
import { parseTicket } from "../fleet/tickets/reference.ts";
import { syncTickets } from "../fleet/tickets/sync.ts";
import type { TicketSyncAnswer, TicketSyncInput } from "../model/wire/ticket-sync.ts";
import type { TicketsAnswer } from "../model/wire/tickets.ts";
import { isSameTicket } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";

/** Says which tickets of this repository have agents, and which had some. */
export async function ticketOverview(fleet: Fleet): Promise<TicketsAnswer> {
  const { standings, failure } = await ticketStandings(fleet, await openDesk(fleet));
  return {
    failure: failure === undefined ? null : errorAsJson(failure),
    tickets: standings.map(({ ticket, title, url, state, agents, pulls }) => ({
      ticket: ticket.key,
      tracker: ticket.tracker,
      title: title ?? null,
      url: url ?? null,
      state,
      agents: [...agents],
      pull_requests: [...pulls],
    })),
  };
}

/** Writes back to the tickets that are named, else to all that have agents here. Throws FleetError for one that has none. */
export async function ticketSync(fleet: Fleet, { tickets }: TicketSyncInput): Promise<TicketSyncAnswer> {
  const desk = await openDesk(fleet);
  const here = readRegistry(statePlaces(fleet)).filter(
    ({ ticket, repo }) => ticket !== undefined && repo === desk.repository.root,
  );
  const wanted = tickets.map((word) => parseTicket(word, desk.places));
  const without = wanted.find((reference) => !here.some(({ ticket }) => isSameTicket(ticket, reference)));
  if (without !== undefined) {
    throw new FleetError("failed", `${without.key} has no agent in this repository`, {
      code: "unknown-ticket",
      hint: "to see which have, run fleet ticket",
    });
  }
  const entries = here.filter(
    ({ ticket }) => wanted.length === 0 || wanted.some((reference) => isSameTicket(ticket, reference)),
  );
  const synced = await syncTickets(fleet, desk, entries);
  return {
    written: synced
      .filter(({ error }) => error === undefined)
      .map(({ ticket, entries: agents }) => ({ ticket: ticket.key, agents: agents.map(({ branch }) => branch) })),
    failures: synced.flatMap(({ ticket, error }) =>
      error === undefined ? [] : [{ ticket: ticket.key, ...errorAsJson(error) }],
    ),
  };
}

/** Gives tickets back to whoever wants them. Throws FleetError `usage` when none is named. */
export async function releaseNamed(
  fleet: Fleet,
  words: readonly string[],
): Promise<{ readonly released: readonly { readonly ticket: string; readonly claimed: boolean }[] }> {
  if (words.length === 0) {
    throw new FleetError("usage", "no ticket is named", { code: "unknown-ticket", hint: "see fleet ticket --help" });
  }
  const { places } = await openDesk(fleet);
  const released = await releaseTickets(
    fleet,
    words.map((word) => parseTicket(word, places)),
  );
  return { released: released.map(({ key, wasClaimed }) => ({ ticket: key, claimed: wasClaimed })) };
}
