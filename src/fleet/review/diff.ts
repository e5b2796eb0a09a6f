import { join } from "node:path";
import { FleetError } from "../../errors.ts";
import { readAway } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import {
  type Display,
  readDiff,
  readTrees,
  showDiff,
  showTrees,
  type TreePair,
  type WorkingDiff,
  type WorkingTree,
} from "../../system/git/changes.ts";
import { type DiffTool, openTrees, type ToolStage } from "../../system/git/difftool.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import type { RefusedPath } from "../../system/git/refused-paths.ts";
import { replacedLink } from "../../system/git/replaced-link.ts";
import { adminDirectory } from "../../system/git/worktrees.ts";
import { shellWord } from "../../system/shell.ts";
import { type Fleet, gitIn, statePlaces } from "../fleet.ts";
import { withScratch } from "../scratch.ts";
import { requireAtItsPlace } from "../worktree/ownership.ts";
import { contentOf, contentsOf, type Look, looking } from "./content.ts";

/**
 * What an agent has changed since it started, committed or not, untracked files included, without what git cannot read, which is in
 * `refused`. Throws FleetError `failed` when its worktree is gone or is none of git's.
 */
export async function diffOf(fleet: Fleet, entry: AgentEntry): Promise<WorkingDiff> {
  if (isAway(fleet, entry)) return withTreesOf(fleet, entry, ({ place }, trees) => readTrees(place, trees));
  return withWorkingTree(fleet, entry, (tree) => readDiff(tree, entry.base));
}

/**
 * Shows the same on the user's terminal, says what git cannot read, and returns git's exit code. Throws FleetError
 * as `diffOf` does.
 */
export async function showDiffOf(fleet: Fleet, entry: AgentEntry, display: Display): Promise<number> {
  if (isAway(fleet, entry)) {
    return withTreesOf(fleet, entry, ({ place }, trees) => showTrees(place, trees, display));
  }
  const { exitCode, refused } = await withWorkingTree(fleet, entry, (tree) => showDiff(tree, entry.base, display));
  nameRefused(fleet, entry, refused);
  return exitCode;
}

/** Opens the same in a difftool of the user's and returns git's exit code. Nothing that is changed there reaches the agent's files. */
export async function openDiffOf(fleet: Fleet, entry: AgentEntry, tool: DiffTool): Promise<number> {
  return withTreesOf(fleet, entry, (look, trees) => openTrees(stageOf(look), trees, tool));
}

/** What differs between the work of two agents of one repository, unsaved work included. Throws FleetError when one cannot be looked at. */
export async function diffBetween(fleet: Fleet, pair: AgentPair): Promise<WorkingDiff> {
  const left: RefusedPath[] = [];
  const leavesOut: Look["leavesOut"] = (_, refused) => left.push(...refused);
  const read = await withTreesOfPair(fleet, pair, ({ place }, trees) => readTrees(place, trees), leavesOut);
  return { ...read, refused: left };
}

/** Shows the same on the user's terminal and returns git's exit code. Throws FleetError as `diffBetween` does. */
export async function showDiffBetween(fleet: Fleet, pair: AgentPair, display: Display): Promise<number> {
  return withTreesOfPair(fleet, pair, ({ place }, trees) => showTrees(place, trees, display));
}

/** Opens the same in a difftool of the user's and returns git's exit code. Nothing that is changed there reaches the agents' files. */
export async function openDiffBetween(fleet: Fleet, pair: AgentPair, tool: DiffTool): Promise<number> {
  return withTreesOfPair(fleet, pair, (look, trees) => openTrees(stageOf(look), trees, tool));
}

/** Says what of an agent's work is not shown. */
function nameRefused(fleet: Fleet, { branch }: AgentEntry, refused: readonly RefusedPath[]): void {
  for (const { path, why } of refused) {
    fleet.report({ kind: "warning", text: `${branch}: git cannot read ${path}: ${why}` });
  }
}

/** The agents on the left and on the right of a comparison. */
export type AgentPair = readonly [AgentEntry, AgentEntry];

async function withTreesOfPair<Value>(
  fleet: Fleet,
  [from, to]: AgentPair,
  body: (look: Look, trees: TreePair) => Promise<Value>,
  leavesOut: Look["leavesOut"] = (entry, refused) => nameRefused(fleet, entry, refused),
): Promise<Value> {
  if (from.repo !== to.repo) {
    throw new FleetError("usage", `${from.branch} and ${to.branch} are in two repositories`, {
      hint: "to see what each has changed, run fleet diff for one of them",
    });
  }
  const compare = async (look: Look) => {
    const { contents, unseen } = await contentsOf(look, [from, to]);
    const [left, right] = contents;
    if (left !== undefined && right !== undefined) return body(look, [left.tree, right.tree]);
    const [blind] = unseen;
    throw new FleetError("failed", `${blind?.entry.branch ?? from.branch} cannot be looked at: ${blind?.why ?? ""}`, {
      hint: "to see why, run fleet doctor",
    });
  };
  return looking(fleet, from.repo, compare, leavesOut);
}

/** Whether the worktree of an agent is gone, or none of its repository any more, so that there is nothing to compare. */
export function isWorktreeGone(fleet: Fleet, entry: AgentEntry): boolean {
  return !isAway(fleet, entry) && adminDirectory(entry.worktree) === undefined;
}

/** Whether an agent is on another machine: what is here of it was fetched. */
function isAway(fleet: Fleet, { id }: AgentEntry): boolean {
  return readAway(statePlaces(fleet), id) !== undefined;
}

function withTreesOf<Value>(
  fleet: Fleet,
  entry: AgentEntry,
  body: (look: Look, trees: TreePair) => Promise<Value>,
): Promise<Value> {
  const compare = async (look: Look) => body(look, [entry.base, (await contentOf(look, entry)).tree]);
  return looking(fleet, entry.repo, compare, (_, refused) => nameRefused(fleet, entry, refused));
}

function stageOf({ place, repository: { commonDirectory }, scratch }: Look): ToolStage {
  return { place, commonDirectory, emptyDirectory: join(scratch, "empty") };
}

/** The error for an agent whose worktree is gone, or none of its repository any more. */
export function worktreeGone({ branch, base, worktree, repo }: AgentEntry): FleetError {
  const replaced = replacedLink(worktree, repo);
  if (replaced !== undefined) {
    return new FleetError("failed", `${branch}: ${replaced.why}`, {
      hint: `to connect it again, run ${replaced.mend}`,
    });
  }
  return new FleetError("failed", `the worktree of ${branch} is gone: ${worktree}`, {
    hint: `to see what is on its branch, run git diff ${base.slice(0, 7)} ${shellWord(branch)}`,
  });
}

async function withWorkingTree<Value>(
  fleet: Fleet,
  entry: AgentEntry,
  body: (tree: WorkingTree) => Promise<Value>,
): Promise<Value> {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw worktreeGone(entry);
  requireAtItsPlace(entry);
  const place = { ...gitIn(fleet, entry), cancelled: fleet.cancelled };
  await requireOwnWorkTree(place);
  return withScratch(fleet, (scratch) => body({ place, admin, scratchIndex: join(scratch, "index") }));
}
