import { asRefusal, type FleetError, inOneLine } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Unseen } from "../fleet/review/content.ts";
import { type Overlap, overlapOf } from "../fleet/review/overlap.ts";
import type { OverlapAnswer, OverlapInput } from "../model/wire/overlap.ts";
import type { AgentEntry } from "../state/entry.ts";
import { unseenFailures } from "./failure.ts";
import { allIfNone, chooseAgents } from "./targets.ts";

/** Says how the work of agents goes together: of those that are meant, or of all of the repository. */
export async function overlap(fleet: Fleet, input: OverlapInput): Promise<OverlapAnswer> {
  return overlapAnswer(await overlaps(fleet, input));
}

/**
 * How the work of agents goes together, for each repository. Throws FleetError when none is meant; among several repositories, one that cannot be
 * read has only agents that are unseen.
 */
export async function overlaps(fleet: Fleet, input: OverlapInput): Promise<Overlap[]> {
  const { entries } = await chooseAgents(fleet, allIfNone(input), { reachesOut: false, away: "fetched" });
  const repositories = [...Map.groupBy(entries, ({ repo }) => repo)];
  const found: Overlap[] = [];
  for (const [root, agents] of repositories) {
    try {
      found.push(await overlapOf(fleet, root, agents));
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal?.kind !== "failed" || repositories.length === 1 || fleet.cancelled.aborted) throw error;
      found.push({ entries: [], unsaved: 0, pairs: [], order: [], left: [], unseen: unseenBecause(refusal, agents) });
    }
  }
  return found;
}

function unseenBecause(refusal: FleetError, agents: readonly AgentEntry[]): Unseen[] {
  const hint = refusal.hint === undefined ? {} : { hint: refusal.hint };
  return agents.map((entry) => ({ entry, why: inOneLine(refusal), ...hint }));
}

/** Overlaps, as they are answered. */
export function overlapAnswer(found: readonly Overlap[]): OverlapAnswer {
  return { repositories: found.map(asJson), failures: unseenFailures(found.flatMap(({ unseen }) => unseen)) };
}

function asJson({ entries, pairs, order, left, unseen }: Overlap): OverlapAnswer["repositories"][number] {
  const names = (list: Overlap["order"]) => list.map(({ branch }) => branch);
  return {
    repo: (entries[0] ?? unseen[0]?.entry)?.repo ?? null,
    agents: names(entries),
    pairs: pairs.map(({ a, b, shared, conflicts }) => ({
      a: a.branch,
      b: b.branch,
      shared: [...shared],
      conflicts: [...conflicts],
    })),
    order: names(order),
    left: names(left),
  };
}
