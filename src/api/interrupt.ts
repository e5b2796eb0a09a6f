import type { Fleet } from "../fleet/fleet.ts";
import { type Interruption, interruptAgent } from "../fleet/talk/interrupt.ts";
import { sharedLooks } from "../fleet/talk/looks.ts";
import type { InterruptAnswer, InterruptInput } from "../model/wire/interrupt.ts";
import type { AwayAgent } from "../state/away.ts";
import { gone, inOrder, parted } from "./away.ts";
import { agentFailure } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

type Interrupted = Omit<Interruption, "working">;

/** Stops the turns of the agents that are meant, on all machines, and says what became of each. Throws FleetError when none is meant. */
export async function interrupt(fleet: Fleet, input: InterruptInput): Promise<InterruptAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false, away: "known" });
  const { here, away } = parted(fleet, entries);
  const looks = sharedLooks(fleet);
  const [own, others] = await Promise.all([
    Promise.all(here.map((entry) => interruptAgent(fleet, entry, looks))),
    away.length === 0 ? [] : interruptAway(fleet, away),
  ]);
  const results = inOrder<Interrupted>(entries, [...own, ...others]);
  return {
    agents: results.map(({ entry, outcome, why }) => ({ ...entry, outcome, reason: why ?? null })),
    failures: results
      .filter(({ outcome }) => outcome === "failed")
      .map(({ entry, why }) => agentFailure(entry.branch, { kind: "failed", message: why })),
  };
}

const interruptRow = { name: "interrupt", changes: true, shapes: () => import("../model/wire/interrupt.ts") } as const;

async function interruptAway(fleet: Fleet, away: readonly AwayAgent[]): Promise<Interrupted[]> {
  const { callHosts } = await import("./across/act.ts");
  const answers = await callHosts(fleet, away, interruptRow, {});
  return answers.flatMap(({ agents, answer, error }) =>
    agents.map(({ entry }) => {
      const found = answer?.agents.find(({ id }) => id === entry.id);
      if (found === undefined) return { entry, outcome: "failed" as const, why: error?.message ?? gone };
      return { entry, outcome: found.outcome, why: found.reason ?? undefined };
    }),
  );
}
