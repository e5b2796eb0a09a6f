import type { Fleet } from "../fleet/fleet.ts";
import type { HandedOver } from "../fleet/operations/kill/hand-over.ts";
import { killAgents, newKillId } from "../fleet/operations/kill/kill.ts";
import type { Ended, KillResult } from "../fleet/operations/kill/result.ts";
import { cautiousKill, type KillOptions } from "../fleet/worktree/kill-options.ts";
import { type LeftOutside, nothingLeft } from "../fleet/worktree/left-outside.ts";
import type { KillAnswer, KillInput } from "../model/wire/kill.ts";
import type { AgentEntry } from "../state/entry.ts";
import { inOrder, parted } from "./away.ts";
import { agentFailure } from "./failure.ts";
import { restorability } from "./restorability.ts";
import { chooseAgents } from "./targets.ts";

/** Ends the agents that are meant and cleans up after them; nobody is asked. Throws FleetError when none is meant. */
export async function kill(fleet: Fleet, input: KillInput): Promise<KillAnswer> {
  const { entries } = await chooseAgents(fleet, input, { reachesOut: false, away: "known" });
  const { branch, commit: commitMessage, now, with_children: withChildren } = input;
  return killAnswer(await killEverywhere(fleet, entries, { branch, commitMessage, now, withChildren }));
}

/** What became of an agent that was to be ended, wherever it is. */
export type Killed = KillResult | HandedOver;

/**
 * Ends agents as `killAgents` does. Those on other machines are ended there, after their work was fetched. The results are in the order of
 * the entries.
 */
export async function killEverywhere(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: KillOptions = cautiousKill,
): Promise<readonly Killed[]> {
  const { here, away } = parted(fleet, entries);
  if (away.length === 0) return killAgents(fleet, entries, options);
  const { killAway } = await import("./across/kill.ts");
  const id = newKillId();
  const [local, others] = await Promise.all([
    here.length === 0 ? [] : killAgents(fleet, here, options, id),
    killAway(fleet, away, options, id),
  ]);
  return inOrder<Killed>(entries, [...local, ...others]);
}

/** What became of agents that were to be ended, as it is answered. */
export function killAnswer(results: readonly Killed[]): KillAnswer {
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
  if (left === undefined || Object.values(left).every(({ length }) => length === 0)) return {};
  const gone = along?.worktrees.filter(({ ended }) => ended).map(({ entry }) => entry) ?? [];
  const paths = new Set(gone.map(({ worktree }) => worktree));
  const branches = new Set(along?.branches);
  return {
    left_outside: named({
      ...left,
      worktrees: left.worktrees.filter(({ path }) => !paths.has(path)),
      branches: left.branches.filter((name) => !branches.has(name)),
    }),
    ...(along === undefined
      ? {}
      : {
          taken_along: {
            ...named(nothingLeft),
            worktrees: gone.map(({ worktree: path, branch }) => ({ path, branch })),
            branches: [...branches],
          },
        }),
  };
}

function named(left: LeftOutside) {
  return {
    worktrees: left.worktrees.map(({ path, branch }) => ({ path, branch: branch ?? null })),
    branches: [...left.branches],
    tags: [...left.tags],
    stashes: [...left.stashes],
    refs: [...left.refs],
    changed_refs: [...left.changed_refs],
    deleted_refs: [...left.deleted_refs],
    dropped_stashes: [...left.dropped_stashes],
    remotes: left.remotes.map(({ name }) => name),
    settings: [...left.settings],
    changed_settings: [...left.changed_settings],
    files: [...left.files],
    changed_files: [...left.changed_files],
  };
}
