import { FleetError } from "../../errors.ts";
import type { TicketReference } from "../../model/ticket.ts";
import type { AgentEntry, TicketMark } from "../../state/entry.ts";
import { type PullRecord, readPullRecord } from "../../state/pull-request.ts";
import { readTestResults } from "../../state/test-results.ts";
import { agentCosts, costOfAgent } from "../cost/report.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { listAgents } from "../watch/list.ts";
import type { TicketDesk } from "./desk.ts";
import type { AgentElsewhere } from "./elsewhere.ts";

/** What is told of an agent on its ticket: no words of the agent, which may hold anything. */
export interface TicketProgress {
  readonly branch: string;
  readonly status: string;
  readonly commits: number | undefined;
  readonly tests: string | undefined;
  readonly pull: Pick<PullRecord, "url" | "state"> | undefined;
  /** US dollars; what is not known is not told. */
  readonly dollars: number | undefined;
}

/** The comment on a ticket. It is the same for the same progress, and ends with the line it is found by. */
function ticketComment(ticket: TicketReference, agents: readonly TicketProgress[]): string {
  const rows = agents.map(({ branch, status, commits, tests, pull, dollars }) => {
    const facts = [
      status,
      ...(commits === undefined || commits === 0 ? [] : [`${commits} commit${commits === 1 ? "" : "s"}`]),
      ...(tests === undefined ? [] : [`tests ${tests}`]),
      ...(pull === undefined || pull.url === "" ? [] : [`pull request ${pull.state}: ${pull.url}`]),
      ...(dollars === undefined ? [] : [`cost ${dollars.toFixed(2)} USD`]),
    ];
    return `- ${branch}: ${facts.join(", ")}`;
  });
  const who = agents.length === 1 ? "An agent works" : `${agents.length} agents work`;
  return [`${who} on this ticket.`, rows.join("\n"), ticketMarker(ticket)].join("\n\n");
}

/** By this line of plain text the comment is found again: trackers change what is formatted, and drop what is hidden. */
function ticketMarker({ key }: TicketReference): string {
  return `fleet keeps this comment on ${key} up to date.`;
}

/** What became of writing back to a ticket. */
export interface Synced {
  readonly ticket: TicketMark;
  readonly entries: readonly AgentEntry[];
  readonly error: FleetError | undefined;
}

/**
 * Writes what agents are at to their tickets: one comment each, edited from then on, and the state or label that the settings name. One that
 * fails stops no other.
 */
export async function syncTickets(
  fleet: Fleet,
  desk: TicketDesk,
  here: readonly AgentEntry[],
  elsewhere: readonly AgentElsewhere[] = [],
): Promise<Synced[]> {
  const progress = await progressOf(fleet, here, elsewhere);
  const synced: Synced[] = [];
  const entries = [...here, ...elsewhere.map(({ entry }) => entry)];
  for (const own of Map.groupBy(entries, ({ ticket }) => JSON.stringify(ticket)).values()) {
    const ticket = own[0]?.ticket;
    if (ticket === undefined) continue;
    const error = await written(
      desk,
      ticket,
      own.flatMap(({ id }) => progress.get(id) ?? []),
    );
    synced.push({ ticket, entries: own, error });
  }
  return synced;
}

async function written(
  desk: TicketDesk,
  ticket: TicketMark,
  agents: readonly TicketProgress[],
): Promise<FleetError | undefined> {
  try {
    const tracker = await desk.trackerOf(ticket);
    await tracker.comment(ticket, ticketMarker(ticket), ticketComment(ticket, agents));
    const isDone = agents.some(({ pull }) => pull !== undefined);
    const word = isDone ? desk.config.ticket_done : desk.config.ticket_started;
    if (word !== "") await tracker.mark(ticket, word);
    return undefined;
  } catch (error) {
    if (error instanceof FleetError) return error;
    throw error;
  }
}

async function progressOf(
  fleet: Fleet,
  here: readonly AgentEntry[],
  elsewhere: readonly AgentElsewhere[],
): Promise<Map<string, TicketProgress>> {
  const places = statePlaces(fleet);
  const listed = await listAgents(fleet, here, { shared: false });
  const costs = new Map(agentCosts(fleet, here).map((each) => [each.entry.id, costOfAgent(fleet, each)]));
  const local = listed.map(({ entry, status, ahead }): AgentElsewhere => {
    return { entry, status, ahead, dollars: costs.get(entry.id)?.dollars };
  });
  return new Map(
    [...local, ...elsewhere].map(({ entry, status, ahead, dollars }) => {
      const pull = readPullRecord(places, entry.id);
      return [
        entry.id,
        {
          branch: entry.branch,
          status: status.word,
          commits: ahead,
          tests: readTestResults(places, entry.id)[0]?.outcome,
          pull: pull === undefined ? undefined : { url: pull.url, state: pull.state },
          dollars: dollars === undefined || dollars === 0 ? undefined : dollars,
        },
      ];
    }),
  );
}
