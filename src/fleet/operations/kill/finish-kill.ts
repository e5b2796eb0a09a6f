import { asRefusal, FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { exists, isRealDirectory } from "../../../system/files.ts";
import { discoverRepository, type Repository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt } from "../../fleet.ts";
import { endAgents, insideOf, unendedReason } from "../../life/end.ts";
import { forgetAgents } from "../../record.ts";
import { keepUntaken, nameUntaken } from "../../talk/untaken.ts";
import { lookAtAgents, type Observation } from "../../watch/observe.ts";
import type { KillOptions } from "../../worktree/kill-options.ts";
import { begunRemoval } from "../../worktree/trash.ts";
import { keptBecause, keptFromInside, keptUntold, obstacles } from "./obstacles.ts";
import { removeAll } from "./remove.ts";
import type { Kept, KillResult } from "./result.ts";

/**
 * Kills agents, from wherever an earlier attempt of the same command (`operation`) stopped: what is there of them is looked up first. The
 * results are in the order of the entries.
 */
export async function finishKills(
  fleet: Fleet,
  operation: string,
  entries: readonly AgentEntry[],
  options: KillOptions,
): Promise<KillResult[]> {
  const looked = await lookAtAgents(fleet, entries);
  const untold = looked.flatMap(keptUntold);
  const told = looked.filter((each) => each.untold === undefined);
  const inside = await insideOf(told);
  const fromInside = told.filter((_, index) => inside[index]).map(({ entry }) => keptFromInside(entry));
  const doomed = told.filter((_, index) => !inside[index]);
  const results = [...untold, ...fromInside, ...(await killObserved(fleet, operation, doomed, options))];
  return entries.flatMap((entry) => results.find((result) => result.entry.id === entry.id) ?? []);
}

/**
 * Kills agents that were just looked at, and which this command does not run in. Nothing of an agent is touched before it is certain that
 * its worktree may be removed; that is seen again, and its work saved, when nothing of it can write any more. One that must be kept does
 * not hold up the others.
 */
export async function killObserved(
  fleet: Fleet,
  operation: string,
  observations: readonly Observation[],
  options: KillOptions,
): Promise<KillResult[]> {
  const repositories = await repositoriesOf(
    fleet,
    observations.map(({ entry }) => entry),
  );
  const kept = keptOf(fleet, repositories, observations);
  const doomed = observations.filter(({ entry }) => kept.every((other) => other.entry.id !== entry.id));
  const unended = await endAgents(fleet, doomed);
  const alive = doomed.flatMap(({ entry }): Kept[] => {
    const left = unended.get(entry.id);
    return left === undefined ? [] : [{ ended: false, entry, ...unendedReason(left) }];
  });
  const ended = doomed.filter(({ entry }) => !unended.has(entry.id));
  const untaken = new Map(ended.map(({ entry }) => [entry.id, keepUntaken(fleet, entry)]));
  const byRepository = [...Map.groupBy(ended, ({ entry }) => entry.repo)];
  const removed = await Promise.all(
    byRepository.map(([root, agents]) => {
      const repository = repositories.get(root);
      const known = repository instanceof FleetError ? undefined : repository;
      return removeAll({ fleet, operation, options }, { root, repository: known }, agents);
    }),
  );
  nameWhatCameBack(fleet, removed.flat());
  for (const { entry, ended: isGone } of removed.flat()) {
    nameUntaken(fleet, entry, untaken.get(entry.id) ?? [], isGone ? "restore" : "resume");
  }
  const results = [...kept, ...alive, ...removed.flat()];
  await forgetAgents(
    fleet,
    results.filter((result) => result.ended).map(({ entry }) => entry.id),
  );
  return results;
}

/** The agents that must be kept, and why, as far as that is known while they run. */
function keptOf(fleet: Fleet, repositories: Repositories, observations: readonly Observation[]): Kept[] {
  return [...Map.groupBy(observations, ({ entry }) => entry.repo)].flatMap(([root, agents]) => {
    const entries = agents.map(({ entry }) => entry);
    const repository = repositories.get(root);
    if (repository instanceof FleetError) return entries.map((entry) => keptBecause(entry, repository));
    return obstacles(fleet, repository, entries);
  });
}

/** Something that is no agent's (a server, a watcher, an editor) may make the path anew; what it made is left alone. */
function nameWhatCameBack(fleet: Fleet, results: readonly KillResult[]): void {
  for (const { entry } of results.filter(({ ended }) => ended)) {
    if (!exists(entry.worktree)) continue;
    const text = `${entry.branch}: something outside of it has made ${entry.worktree} anew; it was left alone`;
    fleet.report({ kind: "warning", text });
  }
}

/**
 * The repositories by their roots, or why git cannot read one, which is no reason to leave agents of others alone; one that is gone is found
 * out when its worktrees are to be removed.
 */
type Repositories = ReadonlyMap<string, Repository | FleetError | undefined>;

async function repositoriesOf(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Repositories> {
  const byRoot = [...Map.groupBy(entries, ({ repo }) => repo)];
  const found = byRoot.map(async ([root, agents]) => [root, await repositoryOf(fleet, root, agents)] as const);
  return new Map(await Promise.all(found));
}

async function repositoryOf(
  fleet: Fleet,
  root: string,
  agents: readonly AgentEntry[],
): Promise<Repository | FleetError | undefined> {
  try {
    return isRealDirectory(root) ? await discoverRepository(gitAt(fleet, root)) : undefined;
  } catch (error) {
    const refusal = asRefusal(error);
    // A removal that has begun waits for its repository.
    const waits = agents.some((entry) => begunRemoval(fleet, entry) !== undefined);
    if (refusal === undefined || fleet.cancelled.aborted || waits) throw error;
    return refusal;
  }
}
