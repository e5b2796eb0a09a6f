import type { Fleet } from "../fleet/fleet.ts";
import type { Observation } from "../fleet/watch/observe.ts";
import { detailAsJson } from "../fleet/watch/status-detail.ts";
import { replyOf } from "../fleet/watch/wait.ts";
import type { WaitAnswer, WaitInput } from "../model/wire/wait.ts";
import { waitKeepingBudgets } from "./budgets.ts";
import type { Tell } from "./operation.ts";
import { chooseAgents } from "./targets.ts";

/** Waits until none of the agents that are meant can go on without the user, telling each change. Throws FleetError when none is meant. */
export async function wait(fleet: Fleet, input: WaitInput, tell: Tell): Promise<WaitAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: true, away: "known" });
  const { halts, pending } = await waitKeepingBudgets(fleet, entries, {
    any: input.any,
    replies: input.replies,
    timeoutMilliseconds: input.timeout_seconds === undefined ? undefined : input.timeout_seconds * 1000,
    onChange: (observation) => tell(statusEvent(observation)),
  });
  return {
    agents: halts.map((halt) => ({
      ...halt.entry,
      status: halt.status.word,
      reason: halt.status.reason ?? null,
      status_detail: detailAsJson(halt.status.detail),
      well: halt.well,
      ...(input.replies ? { reply: replyOf(fleet, halt.entry, halt) } : {}),
    })),
    pending: pending.map(({ branch }) => branch),
  };
}

/** What an agent has come to, as an event. */
export function statusEvent({ entry, status }: Observation) {
  const { word, reason, detail } = status;
  return {
    branch: entry.branch,
    id: entry.id,
    status: word,
    reason: reason ?? null,
    status_detail: detailAsJson(detail),
  };
}
