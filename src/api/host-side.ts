import type { Fleet } from "../fleet/fleet.ts";
import { statePlaces } from "../fleet/fleet.ts";
import { runningAmong } from "../fleet/life/room.ts";
import { offerWork } from "../fleet/mirrors/hand-over.ts";
import { launchInMirror } from "../fleet/mirrors/launch.ts";
import { findMirror, prepareMirror, requireMirror } from "../fleet/mirrors/mirror.ts";
import { mirrorNames } from "../fleet/mirrors/names.ts";
import type { HostLaunchAnswer, HostLaunchInput } from "../model/wire/host-launch.ts";
import type { HostLookAnswer, HostLookInput } from "../model/wire/host-look.ts";
import type { HostPrepareAnswer, HostPrepareInput } from "../model/wire/host-prepare.ts";
import type { HostWorkAnswer, HostWorkInput } from "../model/wire/host-work.ts";
import { readRegistry } from "../state/registry.ts";
import { machineLoad } from "../system/machine.ts";
import { createAnswer, requireBudget } from "./create.ts";
import { agentFailure } from "./failure.ts";

/** Says what this machine bears and what it has of a repository; nothing is made. */
export async function hostLook(fleet: Fleet, { key, owner }: HostLookInput): Promise<HostLookAnswer> {
  const mirror = await findMirror(fleet, key);
  const entries = readRegistry(statePlaces(fleet));
  const [names, running] = await Promise.all([
    mirror === undefined ? undefined : mirrorNames(fleet, mirror),
    runningAmong(fleet, entries),
  ]);
  const { max_agents: most } = fleet.settings.config;
  const { processors, load, memoryBytes, memoryAvailable } = machineLoad();
  return {
    mirror: mirror?.root ?? null,
    taken: [...(names?.taken ?? [])].sort(),
    agents: entries
      .filter((entry) => entry.repo === mirror?.root && entry.owner === owner)
      .map((entry) => ({ ...entry })),
    running: running.length,
    most: most === 0 ? null : most,
    ...{ processors, load, memory_bytes: memoryBytes, memory_available: memoryAvailable },
  };
}

/** Makes the mirror of a repository, unless it is there. */
export async function hostPrepare(fleet: Fleet, { key, committer }: HostPrepareInput): Promise<HostPrepareAnswer> {
  return { mirror: (await prepareMirror(fleet, key, committer)).root };
}

/** Makes agents from what was pushed into a mirror. Throws FleetError before any is made when one cannot work. */
export async function hostLaunch(fleet: Fleet, input: HostLaunchInput): Promise<HostLaunchAnswer> {
  const { key, pushed, owner, commit, commit_name: commitName, detach } = input;
  const requests = input.agents.map(({ branch, prompt, agent, quick, raw, batch, budget, sandbox }) => ({
    ...{ branch, prompt, agent, quick, raw, batch, sandbox },
    budget: requireBudget(budget),
  }));
  return createAnswer(
    await launchInMirror(fleet, { key, operation: pushed, owner, commit, commitName, requests, detach }),
  );
}

/** Puts the work of agents where it can be fetched; they go on. Throws FleetError when there is no mirror. */
export async function hostWork(fleet: Fleet, input: HostWorkInput): Promise<HostWorkAnswer> {
  const { offered, withheld } = await offerWork(fleet, input);
  return {
    mirror: (await requireMirror(fleet, input.key)).root,
    agents: offered.map(({ entry, ...work }) => ({ ...entry, ...work })),
    failures: withheld.map(({ entry, error }) => agentFailure(entry.branch, error)),
  };
}
