import type { Fleet } from "../fleet.ts";
import type { LaunchOptions } from "../operations/create/build.ts";
import type { AgentRequest } from "../operations/create/drafts.ts";
import { type LaunchResult, launchAgents } from "../operations/create/launch.ts";
import { draftAll } from "../operations/create/reservation.ts";
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
  const tickets = requests.flatMap(({ ticket }) => ticket?.mark ?? []);
  if (tickets.length === 0) return launchAgents(fleet, requests, options);
  // What cannot work is found before anybody else can see that a ticket is taken; what is to be said of it is said at the launch.
  await draftAll({ ...fleet, report: () => undefined }, requests);
  const distinct = [...new Map(tickets.map((ticket) => [ticket.key, ticket])).values()];
  const { taken, release } = await claimTickets(fleet, distinct);
  const errorOf = ({ ticket }: AgentRequest) => (ticket === undefined ? undefined : taken.get(ticket.mark.key));
  const free = requests.filter((request) => errorOf(request) === undefined);
  const refused = requests.flatMap((request) => {
    const error = errorOf(request);
    return error === undefined ? [] : [{ branch: request.branch, error }];
  });
  const made = new Set<string>();
  try {
    const result = free.length === 0 ? { launched: [], failures: [] } : await launchAgents(fleet, free, options);
    for (const { entry } of result.launched) if (entry.ticket !== undefined) made.add(entry.ticket.key);
    return { launched: result.launched, failures: [...refused, ...result.failures] };
  } finally {
    await release(distinct.map(({ key }) => key).filter((key) => !made.has(key)));
  }
}
