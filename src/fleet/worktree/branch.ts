import type { Ending } from "../../state/ending.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type Branch, branchesAt, deleteBranchAt } from "../../system/git/branches.ts";
import { commitsAhead } from "../../system/git/changes.ts";
import { withInProgress } from "../../system/git/in-progress.ts";
import type { Repository } from "../../system/git/repository.ts";
import { type Fleet, gitAt } from "../fleet.ts";
import type { KillOptions } from "./kill-options.ts";
import { mergedWork, type Work } from "./merged.ts";

/** What became of a branch, and why. */
export interface BranchOutcome {
  readonly deleted: boolean;
  readonly why: string;
}

/** An agent whose branch may go. */
export interface BranchOwner {
  readonly entry: AgentEntry;
  /** How it ended; absent for one that never started. */
  readonly ending?: Ending;
}

/**
 * Deletes the branches of agents that the fleet made, that hold nothing and where nothing was unsaved, or as the user chose: git
 * compares and deletes in one step. Looks at all of them in one call. The outcomes are by agent id.
 */
export async function dropBranches(
  fleet: Fleet,
  repository: Repository,
  owners: readonly BranchOwner[],
  choice: KillOptions["branch"] = "judge",
): Promise<Map<string, BranchOutcome>> {
  const place = gitAt(fleet, repository.commonDirectory);
  const names = owners.map(({ entry }) => entry.branch);
  const branches = withInProgress(repository, await branchesAt(place, names));
  const found = owners.map((owner) => ({ owner, branch: branches.get(owner.entry.branch) }));
  const ahead = await commitsAhead(
    place,
    found.flatMap(({ owner, branch }) =>
      branch === undefined ? [] : [{ tip: branch.commit, base: owner.entry.base }],
    ),
  );
  const works = found.flatMap(({ owner: { entry }, branch }): Work[] => {
    if (branch === undefined || ahead({ tip: branch.commit, base: entry.base }).commits === 0) return [];
    return [{ entry, tip: branch.commit }];
  });
  const landed = await mergedWork(fleet, repository, works);
  const outcomes = found.map(async ({ owner, branch }): Promise<[string, BranchOutcome]> => {
    const { id, branch: name } = owner.entry;
    if (branch === undefined) return [id, goneAlready(owner)];
    const { commits } = ahead({ tip: branch.commit, base: owner.entry.base });
    const merged = landed.get(id);
    const held = reasonToKeep(owner, branch, merged === undefined ? commits : undefined);
    const why = reasonAgainst(choice, branch, held);
    if (why !== undefined) return [id, { deleted: false, why }];
    const deleted = await deleteBranchAt(place, name, branch.commit, { hooks: owner.ending !== undefined });
    const empty = merged === undefined ? "nothing of its own" : `all of it is in ${merged}`;
    const what = held === undefined ? empty : `${held}; all of it is kept for fleet restore`;
    return [id, { deleted, why: deleted ? what : "it changed in this moment, or a hook refused" }];
  });
  return new Map(await Promise.all(outcomes));
}

/** Somebody deleted it, or gave it another name, under which it stays. */
function goneAlready({ entry, ending }: BranchOwner): BranchOutcome {
  const now = ending?.unborn === true ? null : (ending?.head_branch ?? null);
  const unsaved = ending?.unsaved ?? 0;
  const apart = unsaved === 0 ? "" : `; ${unsavedFiles(unsaved)} saved apart`;
  if (now === null || now === entry.branch) return { deleted: true, why: `it was gone already${apart}` };
  return { deleted: false, why: `its work is on the branch ${now}${apart}` };
}

/** Why a branch is not deleted, after what the user chose. */
function reasonAgainst(choice: KillOptions["branch"], branch: Branch, held: string | undefined): string | undefined {
  if (choice === "judge") return held;
  if (choice === "keep") return held ?? "as you said";
  return branch.worktree === undefined ? undefined : `it is checked out in ${branch.worktree}`;
}

/** `1 unsaved file`, `2 unsaved files`. */
export function unsavedFiles(count: number): string {
  return count === 1 ? "1 unsaved file" : `${count} unsaved files`;
}

/** `ahead` is undefined for one whose commits have all been merged. */
function reasonToKeep(owner: BranchOwner, branch: Branch, ahead: number | undefined): string | undefined {
  const { entry, ending } = owner;
  const apart = savedApart(owner, branch);
  if (apart !== undefined) return apart;
  if (ending?.admin === null) return "its worktree was gone, so nothing of it could be saved";
  if (entry.adopted) return "it was there before the agent";
  if (branch.worktree !== undefined) return `it is checked out in ${branch.worktree}`;
  if (branch.commit === entry.base || ahead === undefined) return undefined;
  return ahead === 1 ? "1 commit of its own" : `${ahead} commits of its own`;
}

/** What of its work is not on the branch. */
function savedApart({ entry, ending }: BranchOwner, branch: Branch): string | undefined {
  const unsaved = ending?.unsaved ?? 0;
  if (unsaved > 0) return `${unsavedFiles(unsaved)} saved apart, NOT on the branch`;
  if (ending === undefined || ending.head === branch.commit) return undefined;
  if (ending.head_branch === null) return "commits of a detached HEAD saved apart, NOT on the branch";
  return ending.head_branch === entry.branch ? undefined : `its work is on the branch ${ending.head_branch}`;
}
