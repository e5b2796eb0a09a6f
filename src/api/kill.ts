import type { Fleet } from "../fleet/fleet.ts";
import { type HandedOver, killAgents } from "../fleet/operations/kill/kill.ts";
import type { Ended, KillResult } from "../fleet/operations/kill/result.ts";
import type { KillAnswer, KillInput } from "../model/wire/kill.ts";
import { agentFailure } from "./failure.ts";
import { restorability } from "./restorability.ts";
import { chooseAgents } from "./targets.ts";

/** Ends the agents that are meant and cleans up after them; nobody is asked. Throws FleetError when none is meant. */
export async function kill(fleet: Fleet, input: KillInput): Promise<KillAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false });
  const { branch, commit: commitMessage, now, with_children: withChildren } = input;
  return killAnswer(await killAgents(fleet, entries, { branch, commitMessage, now, withChildren }));
}

/** What became of agents that were to be ended, as it is answered. */
export function killAnswer(results: readonly (KillResult | HandedOver)[]): KillAnswer {
  return {
    agents: results.map((result) => ({ ...result.entry, ...outcome(result) })),
    failures: results
      .filter((result) => result.ended === false)
      .map(({ entry, why, hint }) => agentFailure(entry.branch, { kind: "kept", message: why, hint })),
  };
}

function outcome(result: KillResult | HandedOver) {
  if (result.ended === "soon") return { outcome: "ending" as const };
  if (!result.ended) return { outcome: "kept" as const, reason: result.why };
  const { branch, ending } = result;
  return {
    outcome: "ended" as const,
    branch_deleted: branch.deleted,
    reason: branch.why,
    unsaved: ending.unsaved,
    ...restorability(ending),
    ...outside(result),
  };
}

/** What it made beside its own worktree: what stays, and what went with it. */
function outside({ left, along }: Ended) {
  if (left === undefined || left.worktrees.length + left.branches.length + left.tags.length + left.stashes.length === 0)
    return {};
  const gone = along?.worktrees.filter(({ ended }) => ended).map(({ entry }) => entry) ?? [];
  const paths = new Set(gone.map(({ worktree }) => worktree));
  const branches = new Set(along?.branches);
  return {
    left_outside: {
      worktrees: left.worktrees
        .filter(({ path }) => !paths.has(path))
        .map(({ path, branch }) => ({ path, branch: branch ?? null })),
      branches: left.branches.filter((name) => !branches.has(name)),
      tags: [...left.tags],
      stashes: [...left.stashes],
    },
    ...(along === undefined
      ? {}
      : {
          taken_along: {
            worktrees: gone.map(({ worktree: path, branch }) => ({ path, branch })),
            branches: [...branches],
            tags: [],
            stashes: [],
          },
        }),
  };
}
