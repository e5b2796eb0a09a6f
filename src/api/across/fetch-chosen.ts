import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { AwayAgent } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type Fetched, fetchWork } from "./fetch.ts";
import { withLinks } from "./links.ts";

/**
 * The chosen agents, those on other machines after their work was fetched. Of a machine that is out of reach it is what was fetched last,
 * saying so.
 */
export async function withWorkFetched(
  fleet: Fleet,
  chosen: readonly AgentEntry[],
  away: readonly AwayAgent[],
): Promise<readonly AgentEntry[]> {
  const ids = new Set(chosen.map(({ id }) => id));
  const meant = away.filter((agent) => ids.has(agent.entry.id));
  if (meant.length === 0) return chosen;
  const { agents, failures } = await fetchAll(fleet, meant);
  for (const { branch, message } of failures) fleet.report({ kind: "warning", text: `${branch}: ${message}` });
  const now = new Map(agents.map(({ entry }) => [entry.id, entry]));
  return chosen.map((entry) => now.get(entry.id) ?? entry);
}

/** Fetches the work of agents from all machines that they are on, all at the same time. What of one machine fails stops no other. */
export async function fetchAll(fleet: Fleet, away: readonly AwayAgent[]): Promise<Fetched> {
  const byHost = Map.groupBy(away, ({ host }) => host);
  return withLinks(fleet, [...byHost.keys()], async ({ links, silent }) => {
    for (const { host, error } of silent)
      fleet.report({ kind: "warning", text: lastKnown(error, byHost.get(host) ?? []) });
    const fetched = await Promise.all(
      links.flatMap((link) =>
        [...Map.groupBy(byHost.get(link.host.name) ?? [], ({ entry }) => entry.repo).values()].map((agents) =>
          attempt(fleet, () => fetchWork(fleet, link, agents), agents),
        ),
      ),
    );
    return {
      agents: fetched.flatMap(({ agents }) => agents),
      failures: fetched.flatMap(({ failures }) => failures),
    };
  });
}

async function attempt(fleet: Fleet, fetch: () => Promise<Fetched>, agents: readonly AwayAgent[]): Promise<Fetched> {
  try {
    return await fetch();
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    fleet.report({ kind: "warning", text: lastKnown(error, agents) });
    return { agents: [], failures: [] };
  }
}

function lastKnown({ message }: FleetError, agents: readonly AwayAgent[]): string {
  const times = agents.flatMap(({ work }) => work?.fetched_at ?? []).sort();
  const [oldest] = times;
  const known =
    oldest === undefined ? "nothing was fetched before" : `this is what was fetched at ${localTime(oldest)}`;
  return `${message}; ${known}`;
}

function localTime(timestamp: string): string {
  return new Date(timestamp).toLocaleString("sv");
}
