import { FleetError } from "../../../errors.ts";
import { type AwayAgent, readAway } from "../../../state/away.ts";
import type { Operation } from "../../../state/journal.ts";
import { branchesAt, deleteBranchAt } from "../../../system/git/branches.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import { discoverRepository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { registered } from "../settleable.ts";
import { destinationWords, finishingMove } from "./pending-move.ts";

/**
 * A move is settled when the agent is known to be where it was to go, and nowhere else. Only the other machine knows how far any other one
 * came, so nothing is done or undone by guess. Throws FleetError `failed`, with the command that finds out, while the agent could be started
 * a second time.
 */
export async function settleMove(fleet: Fleet, { move }: Operation): Promise<void> {
  if (move === undefined) return;
  const isHere = registered(fleet, move.agent) !== undefined;
  const away = readAway(statePlaces(fleet), move.agent.id);
  // What is left of it on the host that it came from only that host knows.
  const isSettled = move.from === undefined && !isHere && isSettledAway(move.to, away?.host);
  if (!isSettled) {
    const command = finishingMove({ move });
    throw new FleetError("failed", `nobody can tell how far it came; to find out and finish it, run ${command}`);
  }
  if (away !== undefined) await removeBranchLeft(fleet, away);
}

/** It is where it was to go, or was ended since. */
function isSettledAway(to: string, host: string | undefined): boolean {
  return host === undefined || to === destinationWords(host);
}

/** The branch went along: here it would be in the way when the agent comes back. One that has moved since is somebody's. */
async function removeBranchLeft(fleet: Fleet, { entry: { repo, branch }, work }: AwayAgent): Promise<void> {
  const repository = await discoverRepository(gitAt(fleet, repo));
  if (repository === undefined || work === undefined) return;
  const place = gitAt(fleet, repository.commonDirectory);
  const left = withInProgress(repository, await branchesAt(place, [branch])).get(branch);
  if (left?.commit === work.head && left.worktree === undefined) await deleteBranchAt(place, branch, work.head);
}
