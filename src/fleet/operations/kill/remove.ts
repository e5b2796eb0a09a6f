import { availableParallelism } from "node:os";
import { asRefusal } from "../../../errors.ts";
import type { Ending } from "../../../state/ending.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { exists, isRealDirectory, removeTree } from "../../../system/files.ts";
import { removeUnusedPointers } from "../../../system/git/pointers.ts";
import { type Repository, requireRepository } from "../../../system/git/repository.ts";
import { atMost } from "../../../system/limit.ts";
import { withLock } from "../../../system/lock.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import type { Observation } from "../../watch/observe.ts";
import { hasEnded } from "../../watch/status.ts";
import { dropBranches } from "../../worktree/branch.ts";
import { hideCopies } from "../../worktree/credentials/note.ts";
import { describeIgnored } from "../../worktree/ignored-files.ts";
import { emptyExpiredTrees } from "../../worktree/kept-trees.ts";
import type { KillOptions } from "../../worktree/kill-options.ts";
import { keepLeftBehind, type LeftOutside, leftOutside, nothingLeft } from "../../worktree/left-outside.ts";
import { lookAt } from "../../worktree/ownership.ts";
import { describeUnheld, emptyTrash, giveUpTrees } from "../../worktree/removal.ts";
import { noteEnding, saveWork } from "../../worktree/save.ts";
import { begunRemoval, moveToTrash, trashedOf } from "../../worktree/trash.ts";
import { nameLeft } from "./name-left.ts";
import { broughtBack, keptBecause, obstacles } from "./obstacles.ts";
import type { Ended, Kept, KillResult } from "./result.ts";

/** One kill command. */
export interface Killing {
  readonly fleet: Fleet;
  readonly operation: string;
  readonly options: KillOptions;
}

/**
 * Removes worktrees and branches of one repository, as the only process that changes them; saves first what would be lost. One whose removal
 * fails is kept, and does not hold up the others.
 */
export async function removeAll(
  killing: Killing,
  { root, repository: known }: { readonly root: string; readonly repository: Repository | undefined },
  agents: readonly Observation[],
): Promise<KillResult[]> {
  const { fleet } = killing;
  if (!isRealDirectory(root)) return Promise.all(agents.map((agent) => endWithoutRepository(killing, agent)));
  try {
    const repository = known ?? (await requireRepository(gitAt(fleet, root)));
    const insisting = { ...lockOptions(fleet), insists: true };
    return await withLock(repositoryLock(repository.commonDirectory), insisting, () =>
      remove(killing, repository, agents),
    );
  } catch (error) {
    // Called off while waiting: the next command goes on from here.
    if (asRefusal(error) === undefined || fleet.cancelled.aborted) throw error;
    return agents.map(({ entry }) => keptBecause(entry, error));
  }
}

/** Where neither repository nor worktree is left, there is nothing to save and nothing to remove. */
async function endWithoutRepository({ fleet, operation }: Killing, agent: Observation): Promise<KillResult> {
  const { entry } = agent;
  const why = `its repository is gone: ${entry.repo}`;
  if (exists(entry.worktree)) return { ended: false, entry, why, hint: lookAt(entry) };
  const ending = await noteEnding(fleet, undefined, entry, { operation, running: !hasEnded(agent) });
  return { ended: true, entry, branch: { deleted: false, why }, ending };
}

async function remove(killing: Killing, repository: Repository, agents: readonly Observation[]): Promise<KillResult[]> {
  const { fleet, options } = killing;
  const late = [
    ...obstacles(
      fleet,
      repository,
      agents.map(({ entry }) => entry),
    ),
    ...broughtBack(fleet, agents),
  ];
  const free = agents.filter(({ entry }) => late.every((kept) => kept.entry.id !== entry.id));
  // What is asked of git while work is saved reads no registration but its own, so neighbours may go in the meantime.
  const limit = atMost(availableParallelism());
  const attempts = await Promise.all(free.map((agent) => limit(() => removeOne(killing, repository, agent))));
  await tidy(fleet, `what ${repository.root} hides for agents is as it was`, () => hideCopies(repository));
  const removed = attempts.filter((attempt) => "ending" in attempt);
  const branches = await dropBranches(fleet, repository, removed, options.branch);
  if (options.now === true || fleet.settings.config.keep_trees === 0) await giveUp(fleet, removed);
  nameUnheld(fleet, removed);
  emptyTrash(fleet);
  emptyExpiredTrees(fleet);
  const left = await lookOutside(killing, repository, removed);
  const ended = removed.map(({ entry, ending }): Ended => {
    const branch = branches.get(entry.id) ?? { deleted: false, why: "git did not say" };
    return { ended: true, entry, branch, ending, left };
  });
  return [...late, ...attempts.filter((attempt) => "why" in attempt), ...ended];
}

/** The user wants the place on the disk at once; what nothing else holds stays all the same, and what goes is named. */
async function giveUp(fleet: Fleet, removed: readonly Removed[]): Promise<void> {
  for (const { branch, held, ignored, special } of await giveUpTrees(fleet, removed)) {
    const what = held.slice(0, 3).join("; ");
    if (held.length > 0) {
      fleet.report({ kind: "warning", text: `${branch}: its worktree lives on, for nothing else holds ${what}` });
    } else if (ignored.count + special > 0) {
      const gone = [
        ...(ignored.count === 0 ? [] : [describeIgnored(ignored)]),
        ...(special === 0 ? [] : [`${special} special file${special === 1 ? "" : "s"} (FIFOs, sockets, devices)`]),
      ];
      fleet.report({ kind: "note", text: `${branch}: gone with it: ${gone.join(", ")}` });
    }
  }
}

/** What was too much for the snapshot, or has a name that it cannot hold, is there for as long as nobody gives it up. */
function nameUnheld(fleet: Fleet, removed: readonly Removed[]): void {
  for (const { entry, ending } of removed) {
    const what = describeUnheld(ending);
    if (what === undefined) continue;
    const text = `${entry.branch}: ${what}, is only in its worktree, which lives on; to give that up, run fleet prune --trash`;
    fleet.report({ kind: "warning", text: `${text} (${whyUnheld(fleet, ending)})` });
  }
}

/** A file whose name git does not tell as it is is found by nobody, and so has no size. */
function whyUnheld(fleet: Fleet, { unheld }: Ending): string {
  if (unheld?.bytes === 0) return unheld.files === 1 ? "its name is not UTF-8" : "their names are not UTF-8";
  return `save_limit is ${fleet.settings.config.save_limit || "not set"}`;
}

/** What was made beside the worktrees of agents, which is named unless it may go, too. */
async function lookOutside(
  { fleet, options }: Killing,
  repository: Repository,
  removed: readonly Removed[],
): Promise<LeftOutside> {
  const agents = removed.filter(({ entry }) => entry.left_by === undefined);
  if (agents.length === 0) return nothingLeft;
  const places = statePlaces(fleet);
  const leavers = agents.map(({ entry, ending }) => ({ entry, admin: ending.admin?.place }));
  const left = await tidy(fleet, `what was made in ${repository.root} while it lived is not known`, async () => {
    const found = await leftOutside(fleet, repository, leavers);
    keepLeftBehind(
      places,
      agents.map(({ entry }) => entry),
      found,
    );
    return found;
  });
  if (left === undefined) return nothingLeft;
  const own = new Set(agents.map(({ ending }) => ending.head_branch));
  const others = { ...left, branches: left.branches.filter((branch) => !own.has(branch)) };
  if (options.withChildren !== true) nameLeft(fleet, repository, others);
  return others;
}

/** When agents have ended, what cannot be done any more is named and changes nothing of that. */
async function tidy<Value>(
  fleet: Fleet,
  otherwise: string,
  attempt: () => Value | Promise<Value>,
): Promise<Value | undefined> {
  try {
    return await attempt();
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal === undefined) throw error;
    const hint = refusal.hint === undefined ? "" : `; ${refusal.hint}`;
    fleet.report({ kind: "warning", text: `${otherwise}: ${refusal.message}${hint}` });
    return undefined;
  }
}

interface Removed {
  readonly entry: AgentEntry;
  readonly ending: Ending;
}

async function removeOne(
  { fleet, operation, options }: Killing,
  repository: Repository,
  agent: Observation,
): Promise<Removed | Kept> {
  const { entry } = agent;
  const running = !hasEnded(agent);
  try {
    await removeUnusedPointers(entry.worktree);
    const ending =
      begunRemoval(fleet, entry) ??
      (isRealDirectory(entry.worktree)
        ? await saveWork(fleet, repository, entry, { operation, running, options })
        : await noteEnding(fleet, repository, entry, { operation, running }));
    const trashed = trashedOf(ending);
    if (trashed !== undefined) moveToTrash(repository, entry, trashed);
    return { entry, ending };
  } catch (error) {
    if (begunRemoval(fleet, entry) === undefined) removeTree(agentFiles(statePlaces(fleet), entry.id).ending);
    return keptBecause(entry, error);
  }
}
