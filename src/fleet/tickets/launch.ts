import type { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { Fleet } from "../fleet.ts";
import type { LaunchOptions } from "../operations/create/build.ts";
import { draftAll } from "../operations/create/drafting.ts";
import { type LaunchResult, launchAgents } from "../operations/create/launch.ts";
import type { AgentRequest } from "../operations/create/request.ts";
import { claimTickets } from "./claims.ts";

/**
 * Makes agents as `launchAgents` does, of which those for tickets only when no other fleet has the ticket; a ticket whose agents cannot be
 * made is given back. Throws FleetError before anything is touched when a request cannot work.
 */
export async function launchTickets(
  fleet: Fleet,
  requests: readonly AgentRequest[],
  options: LaunchOptions,
): Promise<LaunchResult> {
  if (!hasTickets(requests)) return launchAgents(fleet, requests, options);
  // What cannot work is found before anybody else can see that a ticket is taken; what is to be said of it is said at the launch.
  await draftAll({ ...fleet, report: () => undefined }, requests);
  const { made, refused } = await withClaims(fleet, requests, async (free): Promise<LaunchResult> => {
    return free.length === 0 ? { launched: [], failures: [] } : launchAgents(fleet, free, options);
  });
  return { launched: made.launched, failures: [...refused, ...made.failures] };
}

/** Whether any of the agents is for a ticket. */
export function hasTickets(requests: readonly AgentRequest[]): boolean {
  return requests.some(({ ticket }) => ticket !== undefined);
}

/**
 * Claims the tickets of requests, and hands on those requests whose ticket no other fleet has; the others are refused. A ticket for which
 * nothing was made then is given back.
 */
export async function withClaims<Made extends { readonly launched: readonly { readonly entry: AgentEntry }[] }>(
  fleet: Fleet,
  requests: readonly AgentRequest[],
  launch: (free: readonly AgentRequest[]) => Promise<Made>,
): Promise<{
  readonly made: Made;
  readonly refused: readonly { readonly branch: string; readonly error: FleetError }[];
}> {
  const tickets = requests.flatMap(({ ticket }) => ticket?.mark ?? []);
  const distinct = [...new Map(tickets.map((ticket) => [ticket.key, ticket])).values()];
  const { taken, release } = await claimTickets(fleet, distinct);
  const errorOf = ({ ticket }: AgentRequest) => (ticket === undefined ? undefined : taken.get(ticket.mark.key));
  const free = requests.filter((request) => errorOf(request) === undefined);
  const refused = requests.flatMap((request) => {
    const error = errorOf(request);
    return error === undefined ? [] : [{ branch: request.branch, error }];
  });
  const working = new Set<string>();
  try {
    const made = await launch(free);
    for (const { entry } of made.launched) if (entry.ticket !== undefined) working.add(entry.ticket.key);
    return { made, refused };
  } finally {
    await release(distinct.map(({ key }) => key).filter((key) => !working.has(key)));
  }
}
