import { type Fleet, gitAt } from "../fleet.ts";
import { type LaunchFailure, type LaunchResult, launchAgents } from "../operations/create/launch.ts";
import type { AgentRequest } from "../operations/create/request.ts";
import { acceptPush } from "./arrivals.ts";
import { type BroughtCredential, withCredentials } from "./credentials.ts";
import { requireMirror } from "./mirror.ts";
import { nameTaken, withNames } from "./names.ts";
import { takeSettings } from "./settings.ts";

/** Agents to be made in a mirror, from a commit that was pushed for them. */
export interface MirrorLaunch {
  readonly key: string;
  /** What the one who pushed calls it: the commit is at `refs/fleet/in/OPERATION`. */
  readonly operation: string;
  /** The id of their fleet. */
  readonly owner: string;
  readonly commit: string;
  /** What they call that commit: `main`. */
  readonly commitName: string | undefined;
  readonly requests: readonly Omit<AgentRequest, "from" | "fromName" | "mustBeNew" | "owner">[];
  readonly detach: boolean;
  /** Credential files that their worktrees have as well. */
  readonly files: readonly BroughtCredential[];
  /** What the user has accepted of what the repository brings, as `takeSettings` has it. */
  readonly settings: string | null | undefined;
}

/**
 * Makes agents in a mirror as `launchAgents` does. Names are unique among all who use the mirror: those that are taken fail by themselves,
 * and the others are made. Nothing that is there is moved.
 */
export async function launchInMirror(fleet: Fleet, launch: MirrorLaunch): Promise<LaunchResult> {
  const { key, operation: pushed, owner, commit, commitName, detach } = launch;
  const mirror = await requireMirror(fleet, key);
  await acceptPush(gitAt(fleet, mirror.root), { pushed, owner, commit });
  takeSettings(fleet, mirror, launch.settings);
  const names = launch.requests.map(({ branch }) => branch);
  return withNames(fleet, mirror, { owner, names }, async (free) => {
    const requests = launch.requests
      .filter(({ branch }) => free.has(branch))
      .map((request) => ({ ...request, from: commit, fromName: commitName, mustBeNew: true, owner }));
    const taken = names
      .filter((branch) => !free.has(branch))
      .map((branch): LaunchFailure => ({ branch, error: nameTaken(branch) }));
    if (requests.length === 0) return { launched: [], failures: taken };
    const there = { ...fleet, directory: mirror.root };
    const result = await withCredentials(fleet, launch.files, (given) =>
      launchAgents(there, requests, { detach, given }),
    );
    return { launched: result.launched, failures: [...result.failures, ...taken] };
  });
}
