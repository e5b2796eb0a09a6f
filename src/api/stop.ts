import type { Fleet } from "../fleet/fleet.ts";
import { type StopResult, stopAgents } from "../fleet/operations/stop/stop.ts";
import type { StopAnswer, StopInput } from "../model/wire/stop.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { gone, inOrder, parted } from "./away.ts";
import { agentFailure } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

/** Ends the agents that are meant; nobody is asked. Throws FleetError when none is meant. */
export async function stop(fleet: Fleet, input: StopInput): Promise<StopAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false, away: "known" });
  return stopEntries(fleet, entries);
}

/** Ends these agents, on all machines, and says what became of each. */
export async function stopEntries(fleet: Fleet, entries: readonly AgentEntry[]): Promise<StopAnswer> {
  const { here, away } = parted(fleet, entries);
  const [own, others] = await Promise.all([
    here.length === 0 ? [] : stopAgents(fleet, here),
    away.length === 0 ? [] : stopAway(fleet, away),
  ]);
  const results = inOrder(entries, [...own, ...others]);
  return {
    agents: results.map(({ entry, stopped, why }) => ({
      ...entry,
      outcome: stopped ? "stopped" : "kept",
      reason: why ?? null,
    })),
    failures: results
      .filter(({ stopped }) => !stopped)
      .map(({ entry, why }) => agentFailure(entry.branch, { kind: "failed", message: why })),
  };
}

const stopRow = { name: "stop", changes: true, shapes: () => import("../model/wire/stop.ts") } as const;

async function stopAway(fleet: Fleet, away: readonly AwayAgent[]): Promise<StopResult[]> {
  const { callHosts } = await import("./across/act.ts");
  const answers = await callHosts(fleet, away, stopRow, {});
  return answers.flatMap(({ agents, answer, error }) =>
    agents.map(({ entry }) => {
      const found = answer?.agents.find(({ id }) => id === entry.id);
      const why = found === undefined ? (error?.message ?? gone) : (found.reason ?? undefined);
      return { entry, stopped: found?.outcome === "stopped", why };
    }),
  );
}
