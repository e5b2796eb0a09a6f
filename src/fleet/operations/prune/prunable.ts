import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError, inOneLine } from "../../../errors.ts";
import { ageOf, deletableTrash, type EndedAgent, endedAgents } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { readJournal } from "../../../state/journal.ts";
import { agentFiles } from "../../../state/places.ts";
import { readRecords } from "../../../state/records.ts";
import { readRegistry } from "../../../state/registry.ts";
import { steadyNow } from "../../../state/steady-clock.ts";
import { exists, isRealDirectory } from "../../../system/files.ts";
import { branchesAt } from "../../../system/git/branches.ts";
import { uncommittedFiles } from "../../../system/git/changes.ts";
import { hasOwnWorkTree } from "../../../system/git/own-work-tree.ts";
import { mountsBelow } from "../../../system/mounts.ts";
import { type Fleet, gitAt, gitIn, statePlaces } from "../../fleet.ts";
import { timeSince } from "../../time-since.ts";
import { lookAtAgents, type Observation } from "../../watch/observe.ts";
import { describeIgnored } from "../../worktree/ignored-files.ts";
import { isMergedWork } from "../../worktree/merged.ts";
import { describeUnheld, ignoredIn } from "../../worktree/removal.ts";
import { refreshOpenPulls } from "../pr/refresh-open.ts";
import { type GoneBranch, mergedBranches } from "./branches.ts";

/** One thing that can go, and why nobody will miss it. */
export type Prunable =
  | { readonly kind: "agent"; readonly name: string; readonly why: string; readonly entry: AgentEntry }
  | { readonly kind: "tree"; readonly name: string; readonly why: string; readonly agent: EndedAgent }
  | { readonly kind: "killed"; readonly name: string; readonly why: string; readonly agent: EndedAgent }
  | { readonly kind: "branch"; readonly name: string; readonly why: string; readonly gone: GoneBranch }
  | { readonly kind: "files" | "logs"; readonly name: string; readonly why: string; readonly path: string };

/** How long a deletion may take before it counts as interrupted. */
const deletionMilliseconds = 60_000;
const dayMilliseconds = 86_400_000;

/**
 * What can go: agents that do not run and hold nothing, branches of killed ones that hold nothing any more, what was kept of those for long
 * enough, logs of agents that are nowhere else any more, files nobody needs.
 */
export async function findPrunable(fleet: Fleet, now: Date, { trash } = { trash: false }): Promise<Prunable[]> {
  return [
    ...(trash ? await keptTrees(fleet, now) : []),
    ...(await finishedAgents(fleet)),
    ...(await branchesOfKilled(fleet)),
    ...outlivedRecords(fleet, now),
    ...lostAgents(fleet, now),
    ...forgottenFiles(fleet, now),
    ...madeAnew(fleet),
  ];
}

/** The worktrees that live on of killed agents, whose time is not over: only who asks for the place on the disk sees them. */
async function keptTrees(fleet: Fleet, now: Date): Promise<Prunable[]> {
  const kept = endedAgents(statePlaces(fleet)).filter(({ ending }) => isRealDirectory(ending.tree ?? ""));
  return Promise.all(
    kept.map(async (agent): Promise<Prunable> => {
      const { ignored, unread } = await ignoredIn(fleet, agent);
      const goes = [describeUnheld(agent.ending), ignored.count === 0 ? undefined : describeIgnored(ignored)];
      const named = goes.filter((each) => each !== undefined);
      const away = unread === undefined ? "" : `; stays, git cannot look into it: ${unread}`;
      const also = named.length === 0 ? away : `; goes for good: ${named.join(", ")}${away}`;
      return {
        kind: "tree",
        name: agent.entry.branch,
        why: `its worktree, killed ${timeSince(agent.ending.ended_at, now.getTime())}${also}`,
        agent,
      };
    }),
  );
}

async function branchesOfKilled(fleet: Fleet): Promise<Prunable[]> {
  const branches = await mergedBranches(fleet);
  return branches.map((gone) => ({
    kind: "branch",
    name: gone.agent.entry.branch,
    why: "branch of a killed agent, merged",
    gone,
  }));
}

/** Agents that have ended, in clean worktrees, whose branches hold nothing that is not merged. */
async function finishedAgents(fleet: Fleet): Promise<Prunable[]> {
  const observations = await lookAtAgents(fleet, readRegistry(statePlaces(fleet)));
  for (const text of new Set(observations.flatMap(({ untold }) => untold?.message ?? [])))
    fleet.report({ kind: "warning", text: `${text}; its agents stay` });
  const ended = observations.filter(
    ({ status, processes }) => (status.word === "stopped" || status.word === "exited") && processes.length === 0,
  );
  await refreshOpenPulls(
    fleet,
    ended.map(({ entry }) => entry),
  );
  const finished = await Promise.all(
    ended.map(async (agent) => ((await isFinished(fleet, agent)) ? agent : undefined)),
  );
  return finished
    .filter((agent) => agent !== undefined)
    .map(({ entry, status }) => ({
      kind: "agent",
      name: entry.branch,
      why: `${status.word}, clean and merged`,
      entry,
    }));
}

/** One that cannot be looked at stays, and is named unless it is gone: another command may just have ended it. */
async function isFinished(fleet: Fleet, agent: Observation): Promise<boolean> {
  const { branch, id, worktree } = agent.entry;
  try {
    return await holdsNothing(fleet, agent);
  } catch (error) {
    if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
    const isThere = readRegistry(statePlaces(fleet)).some((entry) => entry.id === id) && isRealDirectory(worktree);
    if (isThere) fleet.report({ kind: "warning", text: `${branch} stays: ${inOneLine(error)}` });
    return false;
  }
}

async function holdsNothing(fleet: Fleet, { entry }: Observation): Promise<boolean> {
  if (!isRealDirectory(entry.worktree) || !isRealDirectory(entry.repo)) return false;
  if (!(await hasOwnWorkTree(gitIn(fleet, entry)))) return false;
  if ((await uncommittedFiles(gitIn(fleet, entry))) > 0) return false;
  const place = gitAt(fleet, entry.repo);
  const tip = (await branchesAt(place, [entry.branch])).get(entry.branch)?.commit;
  return tip !== undefined && isMergedWork(fleet, entry, tip);
}

function outlivedRecords(fleet: Fleet, now: Date): Prunable[] {
  const limit = fleet.settings.config.keep_killed * 1000;
  const places = statePlaces(fleet);
  const present = new Set(readRegistry(places).map(({ id }) => id));
  const ended = endedAgents(places).filter(({ entry }) => !present.has(entry.id));
  if (ended.length === 0) return [];
  const time = { date: now, steady: steadyNow(places) };
  return ended
    .filter(({ ending }) => ageOf(ending, time) > limit)
    .map((agent) => ({
      kind: "killed",
      name: agent.entry.branch,
      why: `killed ${timeSince(agent.ending.ended_at, now.getTime())}`,
      agent,
    }));
}

/** Agents that a repair has forgotten, because neither worktree nor session was there: only what they showed is left. */
export function lostAgents(fleet: Fleet, now: Date): Prunable[] {
  const places = statePlaces(fleet);
  const limit = fleet.settings.config.keep_killed * 1000;
  const known = [...readRegistry(places), ...readJournal(places).flatMap(({ agents }) => agents)];
  const present = new Set(known.map(({ id }) => id));
  return (
    readRecords(places)
      .map((entry) => ({ entry, files: agentFiles(places, entry.id) }))
      // An ending that cannot be read is of a killed agent all the same.
      .filter(({ entry, files }) => !present.has(entry.id) && !exists(entry.worktree) && !exists(files.ending))
      .filter(({ files }) => exists(files.forgotten))
      .map(({ entry, files }) => ({ entry, age: now.getTime() - statSync(files.forgotten).mtimeMs }))
      .filter(({ age }) => age > limit)
      .map(({ entry, age }) => ({
        kind: "logs",
        name: entry.branch,
        why: `gone for ${Math.floor(age / dayMilliseconds)} days, only its logs are left`,
        path: agentFiles(places, entry.id).directory,
      }))
  );
}

/** Worktrees whose deletion was interrupted: one that was taken away just now is being deleted. */
function forgottenFiles(fleet: Fleet, now: Date): Prunable[] {
  return interruptedDeletions(fleet, now).map((path) => ({
    kind: "files",
    name: path,
    why: "its deletion was interrupted",
    path,
  }));
}

/** What lies in the trash for longer than its deletion takes. */
export function interruptedDeletions(fleet: Fleet, now: Date): string[] {
  return deletableTrash(statePlaces(fleet)).filter((path) => now.getTime() - movedAt(path, now) > deletionMilliseconds);
}

/** What something else made anew where a killed agent's worktree had been: no worktree of anybody, and no agent's place. */
export function madeAnew(fleet: Fleet): Prunable[] {
  const places = statePlaces(fleet);
  const taken = new Set(
    [...readRegistry(places), ...readJournal(places).flatMap(({ agents }) => agents)].map(({ worktree }) => worktree),
  );
  const paths = new Map(endedAgents(places).map(({ entry }) => [entry.worktree, entry.branch]));
  return [...paths]
    .filter(([path]) => dirname(path) === places.worktreeRoot && !taken.has(path))
    .filter(([path]) => isRealDirectory(path) && !exists(join(path, ".git")) && mountsBelow(path).length === 0)
    .map(([path, branch]) => ({
      kind: "files",
      name: path,
      why: `made anew where the killed ${branch} had been`,
      path,
    }));
}

/** What has been deleted in this moment was moved there just now. */
function movedAt(path: string, now: Date): number {
  return statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? now.getTime();
}
