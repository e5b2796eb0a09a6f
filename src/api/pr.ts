import { FleetError, refusalOf } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { openPull } from "../fleet/operations/pr/pr.ts";
import { lookAtPulls, type PullSeen } from "../fleet/operations/pr/refresh.ts";
import type { PullStage } from "../fleet/operations/pr/stage.ts";
import type { PullDone, PullOptions } from "../fleet/operations/pr/work.ts";
import type { PrAnswer, PrInput } from "../model/wire/pr.ts";
import type { AgentEntry } from "../state/entry.ts";
import { agentFailure } from "./failure.ts";
import { pullAsJson } from "./pull-request.ts";
import { chooseAgents } from "./targets.ts";

/** What is said of one agent. */
export type PullResult = PullDone | PullSeen | { readonly entry: AgentEntry; readonly failure: FleetError };

/** Opens pull requests for the agents that are meant, brings open ones up to date, or asks what they are at. */
export async function pr(fleet: Fleet, input: PrInput): Promise<PrAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: input.status, away: "fetched" });
  return prAnswer(
    input.status
      ? await lookAtPulls(fleet, entries)
      : await openPulls(fleet, entries, { ...input, stage: stageIn(input) }),
  );
}

/** What pull requests are to be. Throws FleetError `usage` for both. */
export function stageIn({ draft, ready }: Pick<PrInput, "draft" | "ready">): PullStage | undefined {
  if (draft && ready) {
    throw new FleetError("usage", "a pull request is a draft or ready for review, not both", {
      hint: "see fleet pr --help",
    });
  }
  if (draft) return "draft";
  return ready ? "ready" : undefined;
}

/**
 * One pull request for each agent, one after another; one that fails does not hold up the others. Throws FleetError `usage` for a title
 * or text of several.
 */
export async function openPulls(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: PullOptions,
): Promise<PullResult[]> {
  if (entries.length > 1 && (options.title !== undefined || options.body !== undefined)) {
    throw new FleetError("usage", `a title or text is of one pull request, and that is ${entries.length} agents`, {
      hint: "see fleet pr --help",
    });
  }
  const results: PullResult[] = [];
  for (const entry of entries) {
    try {
      results.push(await openPull(fleet, entry, options));
    } catch (error) {
      if (fleet.cancelled.aborted) throw error;
      results.push({ entry, failure: refusalOf(error) });
    }
  }
  return results;
}

/** What went wrong with one, if anything did: all of it, or something beside. */
export function problemOf(result: PullResult): FleetError | undefined {
  if ("failure" in result) return result.failure;
  return "shortfall" in result ? result.shortfall : undefined;
}

/** What became of pull requests, as it is answered. */
export function prAnswer(results: readonly PullResult[]): PrAnswer {
  return {
    agents: results.flatMap((result) => {
      if (!("outcome" in result) && !("record" in result)) return [];
      const { entry, record } = result;
      const outcome = "outcome" in result ? result.outcome : ("seen" as const);
      return [{ ...entry, outcome, pull_request: pullAsJson(record) }];
    }),
    failures: results.flatMap((result) => {
      const failure = problemOf(result);
      return failure === undefined ? [] : [agentFailure(result.entry.branch, failure)];
    }),
  };
}
