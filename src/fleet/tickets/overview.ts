import { FleetError } from "../../errors.ts";
import type { TicketReference } from "../../model/ticket.ts";
import { type AgentEntry, isSameTicket } from "../../state/entry.ts";
import { readPullRecord } from "../../state/pull-request.ts";
import { readRecords } from "../../state/records.ts";
import { readRegistry } from "../../state/registry.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { listAgents } from "../watch/list.ts";
import type { TicketDesk } from "./desk.ts";
import type { AgentElsewhere } from "./elsewhere.ts";

/** How far a ticket is: nobody works on it, an agent is there, or none any more. */
export interface TicketStanding {
  readonly ticket: TicketReference;
  /** What its tracker says, where it was asked. */
  readonly title: string | undefined;
  readonly url: string | undefined;
  readonly state: "open" | "running" | "done";
  readonly agents: readonly { readonly branch: string; readonly status: string }[];
  /** Addresses. */
  readonly pulls: readonly string[];
}

const mostOpen = 100;

/** The tickets of a repository, and why those that `ticket_query` finds are not among them, if they are not. */
export interface TicketOverview {
  readonly standings: readonly TicketStanding[];
  readonly failure: FleetError | undefined;
}

/** The tickets of a repository: those that `ticket_query` finds without an agent, those with one, and those whose agents are gone. */
export async function ticketStandings(
  fleet: Fleet,
  desk: TicketDesk,
  elsewhere: readonly AgentElsewhere[],
): Promise<TicketOverview> {
  const places = statePlaces(fleet);
  const { root } = desk.repository;
  const here = readRegistry(places).filter((entry) => isOfTicket(entry, root));
  const present = [...here, ...elsewhere.map(({ entry }) => entry)];
  const ids = new Set(present.map(({ id }) => id));
  const gone = readRecords(places).filter((entry) => isOfTicket(entry, root) && !ids.has(entry.id));
  const query = desk.config.ticket_query;
  const [listed, searched] = await Promise.all([
    listAgents(fleet, here, { shared: false }),
    query === "" ? [] : desk.search({ text: query, tracker: undefined, limit: mostOpen }).catch(asFailure),
  ]);
  const failure = searched instanceof FleetError ? searched : undefined;
  const found = searched instanceof FleetError ? [] : searched;
  const known = distinct([...found, ...[...present, ...gone].flatMap(({ ticket }) => ticket ?? [])]);
  const standings = known.map((ticket): TicketStanding => {
    const isOf = ({ ticket: own }: AgentEntry) => isSameTicket(own, ticket);
    const agents = [...listed, ...elsewhere].filter(({ entry }) => isOf(entry));
    const before = gone.filter(isOf);
    const shown = found.find((each) => isSameTicket(each, ticket));
    const pulls = [...present.filter(isOf), ...before].flatMap(({ id }) => readPullRecord(places, id)?.url ?? []);
    return {
      ticket,
      title: shown?.title,
      url: shown?.url ?? [...present, ...gone].find(isOf)?.ticket?.url,
      state: stateOf(agents.length, before.length),
      agents: agents.map(({ entry, status }) => ({ branch: entry.branch, status: status.word })),
      pulls: [...new Set(pulls.filter(Boolean))],
    };
  });
  const order = ["running", "open", "done"];
  return {
    standings: standings.toSorted((one, other) => order.indexOf(one.state) - order.indexOf(other.state)),
    failure,
  };
}

/** A tracker that does not answer hides nothing of what is known here. */
function asFailure(error: unknown): FleetError {
  if (error instanceof FleetError) return error;
  throw error;
}

function stateOf(present: number, gone: number): TicketStanding["state"] {
  if (present > 0) return "running";
  return gone > 0 ? "done" : "open";
}

function isOfTicket({ ticket, repo }: AgentEntry, root: string): boolean {
  return ticket !== undefined && repo === root;
}

function distinct(references: readonly TicketReference[]): TicketReference[] {
  return references.filter((each, index) => references.findIndex((first) => isSameTicket(first, each)) === index);
}
