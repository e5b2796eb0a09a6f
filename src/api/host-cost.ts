import { keptText } from "../fleet/cost/kept.ts";
import { agentCosts, everyAgent } from "../fleet/cost/report.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import type { HostCostAnswer, HostCostInput } from "../model/wire/host-cost.ts";
import { agentFiles } from "../state/places.ts";

/** An answer of this size takes a moment on a slow line; the next one has the rest. */
const mostBytes = 4_000_000;

/**
 * Says what an owner's agents on this machine have used, killed ones too: of the answers that they were given, those that have not been told
 * yet.
 */
export async function hostCost(fleet: Fleet, { owner, told }: HostCostInput): Promise<HostCostAnswer> {
  const places = statePlaces(fleet);
  const entries = everyAgent(fleet).filter((entry) => entry.owner === owner);
  let room = mostBytes;
  let more = false;
  const agents = agentCosts(fleet, entries).map(({ entry, usage, subscription }) => {
    const kept = keptText(agentFiles(places, entry.id), told[entry.id] ?? 0, room);
    room -= Buffer.byteLength(kept.text);
    more ||= kept.more;
    const { atLeast: at_least, quota, problems } = usage;
    return {
      ...entry,
      from: kept.from,
      records: kept.text,
      at_least,
      subscription,
      quota: quota === undefined ? null : { ...quota, windows: [...quota.windows] },
      problems: [...problems],
    };
  });
  return { agents, more };
}
