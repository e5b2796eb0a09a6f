import { FleetError } from "../../errors.ts";
import { resolveCommit } from "../../system/git/branches.ts";
import { type GitPlace, tryGit, withoutHooks } from "../../system/git/command.ts";
import type { Repository } from "../../system/git/repository.ts";
import { releaseNames, reserveNames } from "../../system/git/reserved-names.ts";
import { type Fleet, gitAt } from "../fleet.ts";
import type { AgentRequest } from "../operations/create/drafts.ts";
import { type LaunchFailure, type LaunchResult, launchAgents } from "../operations/create/launch.ts";
import { requireMirror } from "./mirror.ts";
import { mirrorNames, writeReservation } from "./names.ts";

/** Agents to be made in a mirror, from a commit that was pushed for them. */
export interface MirrorLaunch {
  readonly key: string;
  /** What the one who pushed calls it: the commit is at `refs/fleet/in/OPERATION`. */
  readonly operation: string;
  /** The id of his fleet. */
  readonly owner: string;
  readonly commit: string;
  /** What he calls that commit: `main`. */
  readonly commitName: string | undefined;
  readonly requests: readonly Omit<AgentRequest, "from" | "fromName" | "mustBeNew" | "owner">[];
  readonly detach: boolean;
}

/**
 * Makes agents in a mirror as `launchAgents` does. Names are unique among all who use the mirror: those that are taken fail by themselves,
 * and the others are made. Nothing that is there is moved.
 */
export async function launchInMirror(fleet: Fleet, launch: MirrorLaunch): Promise<LaunchResult> {
  const mirror = await requireMirror(fleet, launch.key);
  const place = gitAt(fleet, mirror.root);
  await takeIn(place, launch);
  const note = await writeReservation(place, launch.owner);
  const { free, taken } = await reserveFree(
    fleet,
    mirror,
    launch.requests.map(({ branch }) => branch),
    note,
  );
  const requests = launch.requests
    .filter(({ branch }) => free.includes(branch))
    .map((request) => ({
      ...request,
      ...{ from: launch.commit, fromName: launch.commitName, mustBeNew: true, owner: launch.owner },
    }));
  const failures = taken.map((branch): LaunchFailure => ({ branch, error: isTaken(branch) }));
  if (requests.length === 0) return { launched: [], failures };
  const release = (branches: readonly string[]) =>
    releaseNames(
      place,
      branches.map((branch) => ({ branch, note })),
    );
  try {
    const result = await launchAgents({ ...fleet, directory: mirror.root }, requests, { detach: launch.detach });
    await release(result.failures.map(({ branch }) => branch));
    return { launched: result.launched, failures: [...result.failures, ...failures] };
  } catch (error) {
    await release(free);
    throw error;
  }
}

/** What was pushed is kept under a name of the one who pushed it, so that his next push need bring only what is new. */
async function takeIn(place: GitPlace, { operation, owner, commit }: MirrorLaunch): Promise<void> {
  const arrived = `refs/fleet/in/${operation}`;
  if ((await resolveCommit(place, arrived)) !== commit) {
    throw new FleetError("failed", `the commit ${commit.slice(0, 7)} has not arrived on this machine`, {
      code: "not-arrived",
      hint: "to push it again, repeat the command",
    });
  }
  const input = `update refs/fleet/have/${owner} ${commit}\ndelete ${arrived} ${commit}\n`;
  await tryGit(place, [...withoutHooks, "update-ref", "--stdin"], { input });
}

/** Reserves those of the names that are free, all of them at once. */
async function reserveFree(
  fleet: Fleet,
  mirror: Repository,
  wanted: readonly string[],
  note: string,
): Promise<{ readonly free: readonly string[]; readonly taken: readonly string[] }> {
  const place = gitAt(fleet, mirror.root);
  // Somebody may reserve one of them between the look and the reservation.
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const { taken: names, leftOver } = await mirrorNames(fleet, mirror);
    await releaseNames(place, leftOver);
    const taken = wanted.filter((branch) => names.has(branch));
    const free = wanted.filter((branch) => !names.has(branch));
    if (await reserveNames(place, free, note)) return { free, taken };
  }
  throw new FleetError("failed", "the names could not be reserved on this machine, so nothing was made", {
    code: "names-taken",
    output: wanted.join("\n"),
    hint: "to see which there are, run fleet list; then choose others",
  });
}

function isTaken(branch: string): FleetError {
  return new FleetError("failed", `the branch ${branch} is taken on this machine`, {
    code: "name-taken",
    hint: "to see which agents there are, run fleet list; to number on behind those of a fan-out, add --continue",
  });
}
