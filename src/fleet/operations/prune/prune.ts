import { dirname } from "node:path";
import { asRefusal, inOneLine } from "../../../errors.ts";
import type { EndedAgent } from "../../../state/ending.ts";
import { agentFiles, trashPlace, trashRoot } from "../../../state/places.ts";
import { childrenRef, savedRef } from "../../../state/refs.ts";
import { withStateLock } from "../../../state/registry.ts";
import { isRealDirectory, moveAway, removeAtOnce, removeTree } from "../../../system/files.ts";
import { git, withoutHooks } from "../../../system/git/command.ts";
import { discoverRepository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt, lockOptions, statePlaces } from "../../fleet.ts";
import { emptyExpiredTrees } from "../../worktree/kept-trees.ts";
import { forgetLfsFiles } from "../../worktree/lfs.ts";
import { discardTree, emptyTrash, type GivenUp, giveUpTrees } from "../../worktree/removal.ts";
import { removeSetAside } from "../../worktree/trash.ts";
import { whileEnded } from "../../worktree/while-ended.ts";
import { killAgents } from "../kill/kill.ts";
import type { KillResult } from "../kill/result.ts";
import { dropMerged } from "./branches.ts";
import { notDeleted } from "./not-deleted.ts";
import { lostAgents, madeAnew, type Prunable } from "./prunable.ts";

/** Removes what can go, and returns what had to stay of it with the reason. */
export async function prune(fleet: Fleet, prunable: readonly Prunable[]): Promise<string[]> {
  const held = await giveUpKept(
    fleet,
    prunable.flatMap((item) => (item.kind === "tree" ? [item.agent] : [])),
  );
  const agents = prunable.flatMap((item) => (item.kind === "agent" ? [item.entry] : []));
  const results = agents.length === 0 ? [] : await killAgents(fleet, agents);
  const unmoved: string[] = [];
  for (const item of prunable) {
    if (item.kind === "branch" && !(await dropMerged(fleet, item.gone))) unmoved.push(`${item.name}: ${changed}`);
    if (item.kind === "killed") unmoved.push(...(await forgottenOrNot(fleet, item.agent)));
    if (item.kind === "files" || item.kind === "logs") unmoved.push(...(await removedOrNot(fleet, item)));
  }
  emptyTrash(fleet);
  emptyExpiredTrees(fleet);
  const stayed = held.map(({ branch, held: what }) => `${branch}: nothing else holds ${what.slice(0, 3).join("; ")}`);
  const kept = results
    .filter((result): result is KillResult & { ended: false } => result.ended === false)
    .map(({ entry, why }) => `${entry.branch}: ${why}`);
  return [...kept, ...unmoved, ...stayed];
}

/** Comes before all else, which needs room on the disk. Returns what had to stay. */
async function giveUpKept(fleet: Fleet, kept: readonly EndedAgent[]): Promise<GivenUp[]> {
  if (kept.length === 0) return [];
  const given = await giveUpTrees(fleet, kept, { byHand: true });
  emptyTrash(fleet);
  return given.filter((each) => each.held.length > 0);
}

const changed = "its branch changed in this moment, or a hook refused";

/** What the system does not let go stops nothing else: returns what is to be said of it. */
async function removedOrNot(fleet: Fleet, item: Prunable & { readonly path: string }): Promise<string[]> {
  try {
    await removeUnclaimed(fleet, item);
    return [];
  } catch (error) {
    const said = notDeleted(item.path, error);
    if (said === undefined) throw error;
    return [said];
  }
}

/** Removes what is of no agent. Nobody can choose its place for one, or bring back the one that it was of, while that is looked at again. */
async function removeUnclaimed(fleet: Fleet, { kind, path }: Prunable & { readonly path: string }): Promise<void> {
  const places = statePlaces(fleet);
  // What waits in the trash is nobody's any more.
  if (dirname(path) === trashRoot(places)) return removeTree(path);
  await withStateLock(places, { ...lockOptions(fleet), insists: true }, async () => {
    const found = kind === "logs" ? lostAgents(fleet, new Date()) : madeAnew(fleet);
    if (!found.some((item) => "path" in item && item.path === path)) return;
    if (kind === "logs") removeAtOnce(path);
    else moveAway(path, trashPlace(places, "made-anew"));
  });
}

/** What was saved of an agent stays while its repository cannot be read, and so does all that is known of it. */
async function forgottenOrNot(fleet: Fleet, agent: EndedAgent): Promise<string[]> {
  try {
    await whileEnded(fleet, agent, () => forgetKilled(fleet, agent));
    return [];
  } catch (error) {
    const refusal = asRefusal(error);
    if (refusal === undefined || fleet.cancelled.aborted) throw error;
    return [`${agent.entry.branch}: ${inOneLine(refusal)}`];
  }
}

async function forgetKilled(fleet: Fleet, { entry, ending }: EndedAgent): Promise<void> {
  const repository = isRealDirectory(entry.repo) ? await discoverRepository(gitAt(fleet, entry.repo)) : undefined;
  const refs = [savedRef(entry.id), ...(ending.branches === undefined ? [] : [childrenRef(entry.id)])];
  if (repository !== undefined) {
    const { commonDirectory } = repository;
    for (const ref of refs) await git(gitAt(fleet, commonDirectory), [...withoutHooks, "update-ref", "-d", ref]);
    forgetLfsFiles(commonDirectory, entry.id);
    removeSetAside(repository, entry.id);
  }
  discardTree(fleet, { entry, ending });
  removeAtOnce(agentFiles(statePlaces(fleet), entry.id).directory);
}
