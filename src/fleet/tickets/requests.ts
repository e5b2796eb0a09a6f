import { FleetError } from "../../errors.ts";
import type { Ticket, TicketReference } from "../../model/ticket.ts";
import { awayAgents } from "../../state/away.ts";
import { type AgentEntry, isSameTicket, type TicketMark } from "../../state/entry.ts";
import { readRegistry } from "../../state/registry.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import type { AgentRequest } from "../operations/create/request.ts";
import { ticketBranch } from "./branch.ts";
import { openDesk, type TicketDesk, type TicketQuery } from "./desk.ts";
import { defaultTemplate, ticketPrompt } from "./prompt.ts";
import { readTickets } from "./read.ts";
import { parseTicket } from "./reference.ts";

/** Which tickets are meant: by name, and those that a query finds. */
export interface TicketsWanted {
  readonly words: readonly string[];
  readonly query?: TicketQuery | undefined;
  /** How many agents each ticket is to have in all. */
  readonly attempts: number;
}

/** What an agent of a ticket is made with, beside what the ticket says. */
export type TicketRequest = Pick<AgentRequest, "agent" | "from" | "quick" | "budget"> & {
  /** Nothing: that of the ticket. */
  readonly batch: string | undefined;
};

/** What is to be started for tickets, and what is there already. */
export interface TicketPlan {
  readonly requests: readonly AgentRequest[];
  readonly present: readonly AgentEntry[];
}

/**
 * What to start so that each ticket has its agents. Nothing is started; throws FleetError when one of the tickets cannot be understood
 * or read.
 */
export async function planTickets(
  fleet: Fleet,
  desk: TicketDesk,
  wanted: TicketsWanted,
  request: TicketRequest,
): Promise<TicketPlan> {
  const named = wanted.words.map((word) => parseTicket(word, desk.places));
  const found = wanted.query === undefined ? [] : await desk.search(wanted.query);
  const references = distinct([...named, ...found]);
  const entries = agentsAnywhere(fleet);
  const agentsOf = (reference: TicketReference) => entries.filter((entry) => isSameTicket(entry.ticket, reference));
  const open = references.filter((reference) => agentsOf(reference).length < wanted.attempts);
  const tickets = distinct(await readTickets(desk, open)).filter((ticket) => agentsOf(ticket).length < wanted.attempts);
  return {
    requests: tickets.flatMap((ticket) =>
      requestsFor(desk, { ticket, present: agentsOf(ticket), attempts: wanted.attempts }, request),
    ),
    present: references.flatMap(agentsOf),
  };
}

/** What to start so that a ticket that was read elsewhere has its agents. */
export function planTicket(
  fleet: Fleet,
  desk: TicketDesk,
  { ticket, attempts }: { readonly ticket: Ticket; readonly attempts: number },
  request: TicketRequest,
): TicketPlan {
  const present = agentsAnywhere(fleet).filter((entry) => isSameTicket(entry.ticket, ticket));
  const requests = present.length < attempts ? requestsFor(desk, { ticket, present, attempts }, request) : [];
  return { requests, present };
}

/** The requests for tickets that were asked for by name. Throws FleetError also when one of them has an agent. */
export async function ticketRequests(
  fleet: Fleet,
  words: readonly string[],
  request: TicketRequest,
): Promise<readonly AgentRequest[]> {
  const { requests, present } = await planTickets(fleet, await openDesk(fleet), { words, attempts: 1 }, request);
  const [first] = present;
  if (first === undefined) return requests;
  const name = shellWord(first.branch);
  throw new FleetError("failed", `${first.ticket?.key} already has an agent, ${first.branch}`, {
    code: "ticket-taken",
    hint: `to tell it something, run fleet prompt ${name} TEXT; to replace it, run fleet kill ${name}`,
  });
}

/** On this machine and on others. */
function agentsAnywhere(fleet: Fleet): readonly AgentEntry[] {
  const places = statePlaces(fleet);
  return [...readRegistry(places), ...awayAgents(places).map(({ entry }) => entry)];
}

/** A ticket, the agents that it has, and how many it is to have. */
interface Staffing {
  readonly ticket: Ticket;
  readonly present: readonly AgentEntry[];
  readonly attempts: number;
}

/** The requests for the agents that a ticket lacks. */
function requestsFor(
  { config }: TicketDesk,
  { ticket, present, attempts }: Staffing,
  { batch, ...request }: TicketRequest,
): AgentRequest[] {
  const branch = ticketBranch(config.ticket_branch, ticket);
  const prompt = ticketPrompt(config.ticket_template || defaultTemplate, ticket);
  const taken = new Set(present.map((entry) => entry.branch));
  const names = attempts === 1 ? [branch] : Array.from({ length: attempts }, (_, index) => `${branch}-A${index + 1}`);
  return names
    .filter((name) => !taken.has(name))
    .slice(0, attempts - present.length)
    .map((name) => ({
      ...request,
      branch: name,
      prompt,
      mustBeNew: false,
      batch: batch ?? branch,
      ticket: { mark: markOf(ticket), most: attempts },
      origin: ticket.key,
    }));
}

function markOf({ tracker, key, host, url }: Ticket): TicketMark {
  return { tracker, key, host, url };
}

function distinct<Reference extends TicketReference>(references: readonly Reference[]): Reference[] {
  return references.filter((each, index) => references.findIndex((first) => isSameTicket(first, each)) === index);
}
