import type { AgentEntry } from "../state/entry.ts";
import { branchesAt, deleteBranchAt } from "../system/git/branches.ts";
import { commitsAhead } from "../system/git/changes.ts";
import type { Repository } from "../system/git/repository.ts";
import { type Fleet, gitAt } from "./fleet.ts";

/** What became of a branch, and why. */
export interface BranchOutcome {
  readonly deleted: boolean;
  readonly why: string;
}

/**
 * Deletes the branches of agents that the fleet made and that hold nothing: git compares and deletes in one step. Looks at all of
 * them in one call. The outcomes are by agent id.
 */
export async function dropBranches(
  fleet: Fleet,
  repository: Repository,
  entries: readonly AgentEntry[],
): Promise<Map<string, BranchOutcome>> {
  const place = gitAt(fleet, repository.commonDirectory);
  const branches = await branchesAt(
    place,
    entries.map(({ branch }) => branch),
  );
  const tips = entries.map((entry) => ({ entry, branch: branches.get(entry.branch) }));
  const moved = tips.flatMap(({ entry, branch }) =>
    branch === undefined ? [] : [{ tip: branch.commit, base: entry.base }],
  );
  const ahead = await commitsAhead(place, moved);
  const outcomes = tips.map(async ({ entry, branch }): Promise<[string, BranchOutcome]> => {
    if (branch === undefined) return [entry.id, { deleted: true, why: "it was gone already" }];
    const why = reasonToKeep(entry, branch.commit, branch.worktree, ahead.get(branch.commit) ?? 0);
    if (why !== undefined) return [entry.id, { deleted: false, why }];
    const deleted = await deleteBranchAt(place, entry.branch, entry.base);
    return [entry.id, { deleted, why: deleted ? "nothing of its own" : "it changed in this moment" }];
  });
  return new Map(await Promise.all(outcomes));
}

function reasonToKeep(entry: AgentEntry, tip: string, worktree: string | undefined, ahead: number): string | undefined {
  if (entry.adopted) return "it was there before the agent";
  if (worktree !== undefined) return `it is checked out in ${worktree}`;
  if (tip === entry.base) return undefined;
  return ahead === 1 ? "1 commit of its own" : `${ahead} commits of its own`;
}
