import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { gitAt, statePlaces } from "../fleet/fleet.ts";
import { runningAmong } from "../fleet/life/room.ts";
import { acceptPush, dropPushed } from "../fleet/mirrors/arrivals.ts";
import type { BroughtCredential } from "../fleet/mirrors/credentials.ts";
import { offerWork } from "../fleet/mirrors/hand-over.ts";
import { launchInMirror } from "../fleet/mirrors/launch.ts";
import { findMirror, prepareMirror, requireMirror } from "../fleet/mirrors/mirror.ts";
import { mirrorNames, nameTaken, withNames } from "../fleet/mirrors/names.ts";
import { takeSettings } from "../fleet/mirrors/settings.ts";
import { type TakenOver, takeOver } from "../fleet/mirrors/take-over.ts";
import { lastReply } from "../fleet/watch/transcript.ts";
import { commitUnsaved } from "../fleet/worktree/commit-unsaved.ts";
import { takeInWork } from "../fleet/worktree/taken.ts";
import type { HostCommitAnswer, HostCommitInput } from "../model/wire/host-commit.ts";
import type { HostLaunchAnswer, HostLaunchInput } from "../model/wire/host-launch.ts";
import type { HostLookAnswer, HostLookInput } from "../model/wire/host-look.ts";
import type { HostPrepareAnswer, HostPrepareInput } from "../model/wire/host-prepare.ts";
import type { HostTakeAnswer, HostTakeInput } from "../model/wire/host-take.ts";
import type { HostWorkAnswer, HostWorkInput } from "../model/wire/host-work.ts";
import type { Failure } from "../model/wire/shared.ts";
import type { AgentEntry } from "../state/entry.ts";
import { mirrorsRoot } from "../state/places.ts";
import { arrivedConversationRef } from "../state/refs.ts";
import { readRegistry } from "../state/registry.ts";
import { type Disk, diskOf } from "../system/disk.ts";
import type { Repository } from "../system/git/repository.ts";
import { machineLoad } from "../system/machine.ts";
import { costAsJson } from "./cost.ts";
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
  const disk = diskOfAgents(fleet);
  const { processors, load, memoryBytes, memoryAvailable } = machineLoad();
  return {
    mirror: mirror?.root ?? null,
    taken: [...(names?.taken ?? [])].sort(),
    agents: entries
      .filter((entry) => entry.repo === mirror?.root && entry.owner === owner)
      .map((entry) => ({ ...entry })),
    running: running.length,
    most: most === 0 ? null : most,
    processors,
    load,
    memory_bytes: memoryBytes,
    memory_available: memoryAvailable,
    disk_bytes: disk?.size,
    disk_available: disk?.free,
  };
}

/** The fuller one of the disks that an agent takes room on. */
function diskOfAgents(fleet: Fleet): Disk | undefined {
  const places = statePlaces(fleet);
  const disks = [places.worktreeRoot, mirrorsRoot(places)].map(diskOf).filter((disk) => disk !== undefined);
  return disks.toSorted((a, b) => a.free - b.free)[0];
}

/** Makes the mirror of a repository, unless it is there. */
export async function hostPrepare(fleet: Fleet, { key, committer }: HostPrepareInput): Promise<HostPrepareAnswer> {
  return { mirror: (await prepareMirror(fleet, key, committer)).root };
}

/** Makes agents from what was pushed into a mirror. Throws FleetError before any is made when one cannot work. */
export async function hostLaunch(fleet: Fleet, input: HostLaunchInput): Promise<HostLaunchAnswer> {
  const { key, pushed, owner, commit, commit_name: commitName, detach, settings } = input;
  const requests = input.agents.map(({ branch, prompt, agent, quick, raw, batch, budget, sandbox, ticket }) => ({
    branch,
    prompt,
    agent,
    quick,
    raw,
    batch,
    sandbox,
    ticket,
    budget: requireBudget(budget),
  }));
  const files = decoded(input.files);
  return createAnswer(
    await launchInMirror(fleet, {
      key,
      operation: pushed,
      owner,
      commit,
      commitName,
      requests,
      detach,
      files,
      settings,
    }),
  );
}

function decoded(files: HostLaunchInput["files"]): BroughtCredential[] {
  return files.map(({ path, content }) => ({ path, content: Buffer.from(content, "base64") }));
}

/** Puts the work of agents where it can be fetched; they go on. Throws FleetError when there is no mirror. */
export async function hostWork(fleet: Fleet, input: HostWorkInput): Promise<HostWorkAnswer> {
  const { offered, withheld } = await offerWork(fleet, input);
  const entries = offered.map(({ entry }) => entry);
  // With the table of prices it takes some milliseconds to load.
  const report = await import("../fleet/cost/report.ts");
  const costs = report.agentCosts(fleet, entries).map((each) => costAsJson(report.costOfAgent(fleet, each)));
  return {
    mirror: (await requireMirror(fleet, input.key)).root,
    agents: offered.map(({ entry, ...work }, index) => ({
      ...entry,
      ...work,
      last_words: lastReply(fleet, entry).trim(),
      cost: costs[index],
    })),
    failures: withheld.map(({ entry, error }) => agentFailure(entry.branch, error)),
  };
}

/** Puts what is in no commit on the branches of an owner's agents, one after another. Throws FleetError when there is no mirror. */
export async function hostCommit(
  fleet: Fleet,
  { key, owner, ids, message }: HostCommitInput,
): Promise<HostCommitAnswer> {
  const mirror = await requireMirror(fleet, key);
  const entries = readRegistry(statePlaces(fleet)).filter(
    (entry) => entry.repo === mirror.root && entry.owner === owner && ids.includes(entry.id),
  );
  await takeInWork(fleet, entries);
  const failures: Failure[] = [];
  for (const entry of entries) {
    try {
      await commitUnsaved(fleet, entry, message);
    } catch (error) {
      if (!(error instanceof FleetError)) throw error;
      failures.push(agentFailure(entry.branch, error));
    }
  }
  return { failures };
}

/** Makes an agent of another machine one of this; where it is one already nothing is done. Throws FleetError when its name is taken. */
export async function hostTake(fleet: Fleet, input: HostTakeInput): Promise<HostTakeAnswer> {
  const mirror = await requireMirror(fleet, input.key);
  const { entry, atRest, goesOn } = await taken(fleet, mirror, input);
  if (input.conversation !== undefined)
    await dropPushed(gitAt(fleet, mirror.root), arrivedConversationRef(input.pushed));
  return { mirror: mirror.root, agent: { ...entry }, at_rest: atRest?.message ?? null, goes_on: goesOn };
}

async function taken(fleet: Fleet, mirror: Repository, input: HostTakeInput): Promise<TakenOver> {
  const { pushed, owner, head, commit, unsaved, conversation, running } = input;
  const entry = input.entry as AgentEntry;
  const arrival = { entry, owner, head, commit, unsaved, conversation, running, files: decoded(input.files) };
  const place = gitAt(fleet, mirror.root);
  await acceptPush(place, { pushed, owner, commit });
  takeSettings(fleet, mirror, input.settings);
  const known = readRegistry(statePlaces(fleet)).some(({ id }) => id === entry.id);
  if (known) return takeOver(fleet, mirror, arrival);
  return withNames(fleet, mirror, { owner, names: [entry.branch] }, async (free) => {
    if (!free.has(entry.branch)) throw nameTaken(entry.branch);
    return takeOver({ ...fleet, directory: mirror.root }, mirror, arrival);
  });
}
