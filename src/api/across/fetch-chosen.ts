import { FleetError, inOneLine } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Failure } from "../../model/wire/shared.ts";
import type { AwayAgent } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFailure, errorOf } from "../failure.ts";
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
  for (const failure of failures) fleet.report({ kind: "warning", text: failureLine(failure) });
  const now = new Map(agents.map(({ entry }) => [entry.id, entry]));
  return chosen.map((entry) => now.get(entry.id) ?? entry);
}

/** `fix: git hash-object failed: ...`: whose work could not be fetched, and why. */
export function failureLine(failure: Failure): string {
  return `${failure.branch}: ${inOneLine(errorOf(failure, "its work could not be fetched"))}`;
}

/** What was fetched from several machines. */
interface FetchedAll extends Omit<Fetched, "ended"> {
  /** The agents of those that could not be asked, which was reported once for each machine. */
  readonly unheard: readonly Failure[];
}

/** Fetches the work of agents from all machines that they are on, all at the same time. What of one machine fails stops no other. */
export async function fetchAll(fleet: Fleet, away: readonly AwayAgent[]): Promise<FetchedAll> {
  const byHost = Map.groupBy(away, ({ host }) => host);
  return withLinks(fleet, [...byHost.keys()], async ({ links, silent }) => {
    const unreached = silent.map(({ host, error }) => unheard(fleet, byHost.get(host) ?? [], error));
    const fetched = await Promise.all(
      links.flatMap((link) =>
        [...Map.groupBy(byHost.get(link.host.name) ?? [], ({ entry }) => entry.repo).values()].map((agents) =>
          attempt(fleet, () => fetchWork(fleet, link, agents), agents),
        ),
      ),
    );
    const all = [...unreached, ...fetched];
    return {
      agents: all.flatMap(({ agents }) => agents),
      failures: all.flatMap(({ failures }) => failures),
      unheard: all.flatMap(({ unheard }) => unheard),
    };
  });
}

async function attempt(fleet: Fleet, fetch: () => Promise<Fetched>, agents: readonly AwayAgent[]): Promise<FetchedAll> {
  try {
    return { ...(await fetch()), unheard: [] };
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    return unheard(fleet, agents, error);
  }
}

function unheard(fleet: Fleet, agents: readonly AwayAgent[], error: FleetError): FetchedAll {
  fleet.report({ kind: "warning", text: lastKnown(error, agents) });
  return { agents: [], failures: [], unheard: agents.map(({ entry }) => agentFailure(entry.branch, error)) };
}

function lastKnown(error: FleetError, agents: readonly AwayAgent[]): string {
  const times = agents.flatMap(({ work }) => work?.fetched_at ?? []).sort();
  const [oldest] = times;
  const known =
    oldest === undefined ? "nothing was fetched before" : `this is what was fetched at ${localTime(oldest)}`;
  return `${inOneLine(error)}; ${known}${error.hint === undefined ? "" : `\n    ${error.hint}`}`;
}

function localTime(timestamp: string): string {
  return new Date(timestamp).toLocaleString("sv");
}
