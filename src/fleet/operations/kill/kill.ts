import type { AgentEntry } from "../../../state/entry.ts";
import { beginOperation } from "../../../state/journal.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { insideOf } from "../../life/end.ts";
import { lookAtAgents } from "../../watch/observe.ts";
import { cautiousKill, type KillOptions } from "../../worktree/kill-options.ts";
import { journalled } from "../journalled.ts";
import { refreshOpenPulls } from "../pr/refresh-open.ts";
import { settleDeadOperations } from "../settle.ts";
import { killObserved } from "./finish-kill.ts";
import { type HandedOver, handOver } from "./hand-over.ts";
import { keptUntold } from "./obstacles.ts";
import type { KillResult } from "./result.ts";
import { lockHolders, takeAlong } from "./take-along.ts";

/**
 * Ends agents with their processes, sessions and worktrees, all at the same time. The results are in the order of the entries. What is
 * killed under one `id` is brought back together.
 */
export async function killAgents(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: KillOptions = cautiousKill,
  id = newKillId(),
): Promise<(KillResult | HandedOver)[]> {
  await settleDeadOperations(fleet);
  if (options.branch === "judge") await refreshOpenPulls(fleet, entries);
  const looked = await lookAtAgents(fleet, entries);
  const untold = looked.flatMap(keptUntold);
  const inside = await insideOf(looked);
  const observations = looked.filter(({ untold: error }, index) => error === undefined && inside[index] !== true);
  const others = observations.map(({ entry }) => entry);
  const places = statePlaces(fleet);
  const operation = await beginOperation(places, { id, kind: "kill", agents: others, new_branches: [] });
  const holders = options.withChildren === true ? lockHolders(observations) : new Map<string, string>();
  const results = await journalled(fleet, operation, {
    async body() {
      const finished = await killObserved(fleet, id, observations, options);
      return options.withChildren === true ? withAlong(fleet, id, finished, holders) : finished;
    },
  });
  const handedOver = await Promise.all(
    looked.filter((_, index) => inside[index]).map((observation) => handOver(fleet, observation, options)),
  );
  return entries.map((entry) => {
    const result = [...results, ...untold, ...handedOver].find((candidate) => candidate.entry.id === entry.id);
    if (result === undefined) throw new Error(`no result for the kill of ${entry.branch}`);
    return result;
  });
}

/** A name for what is killed together. */
export function newKillId(): string {
  return crypto.randomUUID().slice(0, 8);
}

async function withAlong(
  fleet: Fleet,
  operation: string,
  results: readonly KillResult[],
  holders: ReadonlyMap<string, string>,
): Promise<KillResult[]> {
  const ended = results.filter((result) => result.ended);
  const taken = await takeAlong(fleet, operation, ended, holders);
  return results.map((result) => {
    const along = taken.get(result.entry.id);
    return along === undefined || !result.ended ? result : { ...result, along };
  });
}
