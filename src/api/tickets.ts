import { errorAsJson, FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { releaseTickets } from "../fleet/tickets/claims.ts";
import { openDesk } from "../fleet/tickets/desk.ts";
import type { AgentElsewhere } from "../fleet/tickets/elsewhere.ts";
import { ticketStandings } from "../fleet/tickets/overview.ts";
import { parseTicket } from "../fleet/tickets/reference.ts";
import { syncTickets } from "../fleet/tickets/sync.ts";
import type { TicketSyncAnswer, TicketSyncInput } from "../model/wire/ticket-sync.ts";
import type { TicketsAnswer } from "../model/wire/tickets.ts";
import { awayAgents } from "../state/away.ts";
import { type AgentEntry, isSameTicket } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { hasHosts } from "./has-hosts.ts";

/** Says which tickets of this repository have agents, and which had some. */
export async function ticketOverview(fleet: Fleet): Promise<TicketsAnswer> {
  const desk = await openDesk(fleet);
  const { agents } = await elsewhere(fleet, desk.repository.root);
  const { standings, failure } = await ticketStandings(fleet, desk, agents);
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
  const { root } = desk.repository;
  const here = readRegistry(statePlaces(fleet)).filter(({ ticket, repo }) => ticket !== undefined && repo === root);
  const away = await elsewhere(fleet, root);
  const all = [...here, ...[...away.agents, ...away.silent].map(({ entry }) => entry)];
  const wanted = tickets.map((word) => parseTicket(word, desk.places));
  const without = wanted.find((reference) => !all.some(({ ticket }) => isSameTicket(ticket, reference)));
  if (without !== undefined) {
    throw new FleetError("failed", `${without.key} has no agent in this repository`, {
      code: "unknown-ticket",
      hint: "to see which have, run fleet ticket",
    });
  }
  const isMeant = ({ ticket }: AgentEntry) =>
    wanted.length === 0 || wanted.some((reference) => isSameTicket(ticket, reference));
  const untold = away.silent.filter(({ entry }) => isMeant(entry));
  // Half of what its agents are at would be written over the whole.
  const isTold = ({ ticket }: AgentEntry) =>
    ticket !== undefined && !untold.some(({ entry }) => isSameTicket(entry.ticket, ticket));
  const synced = await syncTickets(
    fleet,
    desk,
    here.filter((entry) => isMeant(entry) && isTold(entry)),
    away.agents.filter(({ entry }) => isMeant(entry) && isTold(entry)),
  );
  return {
    written: synced
      .filter(({ error }) => error === undefined)
      .map(({ ticket, entries: agents }) => ({ ticket: ticket.key, agents: agents.map(({ branch }) => branch) })),
    failures: [
      ...synced.flatMap(({ ticket, error }) =>
        error === undefined ? [] : [{ ticket: ticket.key, ...errorAsJson(error) }],
      ),
      ...untold.map(({ entry, error }) => ({ ticket: entry.ticket?.key ?? "", ...errorAsJson(error) })),
    ],
  };
}

interface Elsewhere {
  readonly agents: readonly AgentElsewhere[];
  /** Those whose machine cannot be asked, and why. */
  readonly silent: readonly { readonly entry: AgentEntry; readonly error: FleetError }[];
}

/** Agents of tickets of a repository on other machines. No machine is asked where none is known to have one. */
async function elsewhere(fleet: Fleet, root: string): Promise<Elsewhere> {
  const isMeant = ({ ticket, repo }: AgentEntry) => ticket !== undefined && repo === root;
  if (!hasHosts(fleet) || !awayAgents(statePlaces(fleet)).some(({ entry }) => isMeant(entry))) {
    return { agents: [], silent: [] };
  }
  const { lookAcross } = await import("./across/list.ts");
  const { agents, hosts } = await lookAcross(fleet, { pss: false, fresh: false, cost: true });
  const errors = new Map(hosts.map(({ host, silent }) => [host, silent?.error]));
  const meant = agents.filter(({ entry }) => isMeant(entry));
  return {
    agents: meant
      .filter(({ host = "" }) => errors.get(host) === undefined)
      .map(({ entry, status, ahead, told }) => ({ entry, status, ahead, dollars: told?.cost?.usd ?? undefined })),
    silent: meant.flatMap(({ entry, host = "" }) => {
      const error = errors.get(host);
      return error === undefined ? [] : [{ entry, error }];
    }),
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
