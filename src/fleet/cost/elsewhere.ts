import type { Quota } from "../../agents/usage.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { type ToldUsage, toldRecords } from "../../state/told-usage.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { collected, keptList, recordsIn } from "./kept.ts";
import type { AgentUsage } from "./ledger.ts";
import { priceStep } from "./prices.ts";
import type { UsageRecord } from "./records.ts";
import { type AgentCost, agentCosts } from "./report.ts";
import { totalsOf } from "./totals.ts";

type Reader = Pick<Fleet, "settings" | "environment">;

/**
 * What agents of this machine and of others have used, since a moment or in all: each once, however many machines it has worked on. An
 * answer that several of them know of, since its conversation went along, counts once too.
 */
export function costsEverywhere(
  fleet: Reader,
  entries: readonly AgentEntry[],
  told: readonly ToldUsage[],
  since?: Date,
): AgentCost[] {
  const byId = Map.groupBy(told, ({ entry }) => entry.id);
  const here = agentCosts(fleet, entries, since).map((cost) => {
    const elsewhere = byId.get(cost.entry.id) ?? [];
    byId.delete(cost.entry.id);
    if (elsewhere.length === 0) return cost;
    return together(fleet, cost.entry, { own: cost, told: elsewhere, since });
  });
  const others = [...byId.values()].map((all) => {
    const [first] = all as [ToldUsage, ...ToldUsage[]];
    return together(fleet, first.entry, { own: undefined, told: all, since });
  });
  return [...here, ...others];
}

interface Parts {
  /** What it has used on this machine. */
  readonly own: AgentCost | undefined;
  /** What it has used on others. */
  readonly told: readonly ToldUsage[];
  readonly since: Date | undefined;
}

function together(fleet: Reader, entry: AgentEntry, { own, told, since }: Parts): AgentCost {
  const places = statePlaces(fleet);
  const kept = own === undefined ? [] : keptList(agentFiles(places, entry.id));
  const records = [...kept, ...told.flatMap((each) => recordsIn(toldRecords(places, each)))];
  const known = collected(records.toSorted((a, b) => momentOf(a) - momentOf(b)));
  const quotas = [own?.usage.quota, ...told.map(({ quota }) => quotaTold(quota))].filter((each) => each !== undefined);
  const usage: AgentUsage = {
    groups: totalsOf(known, since?.getTime() ?? 0, priceStep),
    atLeast: (own?.usage.atLeast ?? false) || told.some(({ at_least: atLeast }) => atLeast),
    quota: quotas.toSorted((a, b) => b.at - a.at)[0],
    problems: [
      ...(own?.usage.problems ?? []),
      ...told.flatMap(({ host, problems }) => problems.map((problem) => `on ${host}: ${problem}`)),
    ],
  };
  const subscription = (own?.subscription === true && kept.length > 0) || told.some((each) => each.subscription);
  return { entry, usage, subscription };
}

function quotaTold(told: ToldUsage["quota"]): Quota | undefined {
  if (told === null) return undefined;
  const { at, windows, plan } = told;
  return { at, windows, ...(plan === undefined ? {} : { plan }) };
}

/** Of a session that began as a copy that is said without a time. */
function momentOf(record: UsageRecord): number {
  return record.kind === "fork" ? 0 : record.at;
}
