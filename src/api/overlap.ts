import type { Fleet } from "../fleet/fleet.ts";
import { type Overlap, overlapOf } from "../fleet/review/overlap.ts";
import type { OverlapAnswer, OverlapInput } from "../model/wire/overlap.ts";
import { unseenFailures } from "./failure.ts";
import { allIfNone, chooseAgents } from "./targets.ts";

/** Says how the work of agents goes together: of those that are meant, or of all of the repository. */
export async function overlap(fleet: Fleet, input: OverlapInput): Promise<OverlapAnswer> {
  return overlapAnswer(await overlaps(fleet, input));
}

/** How the work of agents goes together, for each repository. Throws FleetError when none is meant. */
export async function overlaps(fleet: Fleet, input: OverlapInput): Promise<Overlap[]> {
  const { entries } = await chooseAgents(fleet, allIfNone(input), { reachesOut: false, away: "fetched" });
  const found: Overlap[] = [];
  for (const [root, agents] of Map.groupBy(entries, ({ repo }) => repo)) {
    found.push(await overlapOf(fleet, root, agents));
  }
  return found;
}

/** Overlaps, as they are answered. */
export function overlapAnswer(found: readonly Overlap[]): OverlapAnswer {
  return { repositories: found.map(asJson), failures: unseenFailures(found.flatMap(({ unseen }) => unseen)) };
}

function asJson({ entries, pairs, order, left }: Overlap): OverlapAnswer["repositories"][number] {
  const names = (list: Overlap["order"]) => list.map(({ branch }) => branch);
  return {
    repo: entries[0]?.repo ?? null,
    agents: names(entries),
    pairs: pairs.map(({ a, b, shared, conflicts }) => ({
      ...{ a: a.branch, b: b.branch },
      ...{ shared: [...shared], conflicts: [...conflicts] },
    })),
    order: names(order),
    left: names(left),
  };
}
