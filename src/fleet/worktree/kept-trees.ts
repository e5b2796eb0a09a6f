import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { memoryBytes } from "../../model/sandbox.ts";
import {
  ageOf,
  byEnd,
  type EndedAgent,
  type Ending,
  type EndTime,
  endedAgents,
  readEnding,
} from "../../state/ending.ts";
import { agentFiles, keptTreeOwner } from "../../state/places.ts";
import { type SteadyMoment, steadyNow } from "../../state/steady-clock.ts";
import { diskOf, isNearlyFull } from "../../system/disk.ts";
import { startDetached } from "../../system/exec.ts";
import { exists, isRealDirectory, namesIn, readTextIfExists, rememberIn, statIfSeen } from "../../system/files.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { killedAt } from "./killed-mark.ts";
import { trashedOf } from "./trash.ts";

/** The word for the command that gives up the worktrees whose time is over; it is in no help. */
export const emptyingCommand = "__empty-trash";

/** The worktree of a killed agent that lives on. */
interface KeptTree {
  readonly agent: EndedAgent;
  readonly tree: string;
  /** How much it takes; `undefined` before somebody has measured it. */
  readonly bytes: number | undefined;
}

/** What decides whether the time of a worktree is over. */
export interface Patience {
  readonly now: Date;
  /** `now` by a clock that nobody corrects, where there is one. */
  readonly steady?: SteadyMoment | undefined;
  /** `keep_trees`, in milliseconds. */
  readonly limit: number;
  /** The disk is nearly full. */
  readonly pressed: boolean;
  /** `keep_trees_size`; `undefined`: no limit. */
  readonly size: number | undefined;
}

const hourMilliseconds = 3_600_000;

/**
 * Has another process of ours look at the worktrees whose time is over, so that nobody waits for it. Those that may have to go for want of
 * room are measured by it, since that reads all of them. Where those that never go for want of room take too much, it is said.
 */
export function emptyExpiredTrees(fleet: Fleet): void {
  const kept = keptTrees(fleet);
  if (kept.length === 0) return;
  const now = new Date();
  const patience = patienceOf(fleet, now);
  const isOld = ({ agent }: KeptTree) => ageAt(patience, agent.ending) >= hourMilliseconds;
  const unmeasured = patience.size !== undefined && kept.some((each) => each.bytes === undefined && isOld(each));
  if (unmeasured || overdue(kept, patience).length > 0) {
    startDetached([fleet.program, emptyingCommand], { environment: fleet.environment, directory: "/" });
  }
  warnOfSize(fleet, kept, patience);
}

function warnOfSize(fleet: Fleet, kept: readonly KeptTree[], patience: Patience): void {
  const gone = new Set(overdue(kept, patience));
  const bytes = sizeOf(kept.filter((each) => !gone.has(each)));
  if (patience.size === undefined || bytes <= patience.size) return;
  const { keep_trees_size: size } = fleet.settings.config;
  fleet.report({
    kind: "warning",
    text: `the worktrees of killed agents take ${inGigabytes(bytes)}, more than keep_trees_size (${size}), and none of them may go yet; to give them up, run fleet prune --trash`,
  });
}

function inGigabytes(bytes: number): string {
  return bytes < 2 ** 30 ? `${Math.ceil(bytes / 2 ** 20)} MB` : `${(bytes / 2 ** 30).toFixed(1)} GB`;
}

/** The killed agents whose worktrees have lived on for long enough, or have to go for want of room; sizes are measured where they matter. */
export function expiredTrees(fleet: Fleet, now: Date): EndedAgent[] {
  const patience = patienceOf(fleet, now);
  const kept = keptTrees(fleet);
  const measured = patience.size === undefined ? kept : kept.map((each) => withSize(fleet, each));
  return overdue(measured, patience).map(({ agent }) => agent);
}

function patienceOf(fleet: Fleet, now: Date): Patience {
  const { keep_trees, keep_trees_size } = fleet.settings.config;
  const disk = diskOf(statePlaces(fleet).worktreeRoot);
  // What cannot be asked gives no reason to delete anything.
  const pressed = disk !== undefined && isNearlyFull(disk);
  const steady = steadyNow(statePlaces(fleet));
  return { now, steady, limit: keep_trees * 1000, pressed, size: memoryBytes(keep_trees_size) };
}

function ageAt({ now, steady }: Patience, ending: EndTime): number {
  return ageOf(ending, { date: now, steady });
}

/**
 * The worktrees whose time is over: after `keep_trees`; and, the oldest first, as many as are too much, of all of them or for a disk that
 * is nearly full. What the last kill command ended, and what was ended in the last hour, is never given up for want of room: it is what
 * somebody wants back. One that holds what nothing else does never goes by itself. A clock that is set makes none of them older.
 */
export function overdue<Kept extends { readonly agent: { readonly ending: Ages }; readonly bytes: number | undefined }>(
  kept: readonly Kept[],
  patience: Patience,
): Kept[] {
  const { limit, pressed, size = Number.POSITIVE_INFINITY } = patience;
  const oldest = kept.toSorted((a, b) => byEnd(a.agent.ending, b.agent.ending));
  const last = oldest.at(-1)?.agent.ending.operation;
  let total = sizeOf(kept);
  return oldest.filter(({ agent: { ending }, bytes }) => {
    const age = ageAt(patience, ending);
    const mayGo = age >= hourMilliseconds && ending.operation !== last;
    if (ending.partial === true || !(age >= limit || (mayGo && (pressed || total > size)))) return false;
    total -= bytes ?? 0;
    return true;
  });
}

type Ages = EndTime & Pick<Ending, "operation" | "partial">;

function sizeOf(kept: readonly { readonly bytes: number | undefined }[]): number {
  return kept.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0);
}

function keptTrees(fleet: Fleet): KeptTree[] {
  const places = statePlaces(fleet);
  return [...endedAgents(places), ...orphans(fleet)].flatMap((agent) => {
    const trashed = trashedOf(agent.ending);
    if (trashed === undefined || !exists(trashed.tree)) return [];
    const measured = Number(readTextIfExists(agentFiles(places, agent.entry.id).treeBytes) ?? Number.NaN);
    return [{ agent, tree: trashed.tree, bytes: Number.isSafeInteger(measured) ? measured : undefined }];
  });
}

/** Worktrees in the trash whose agents' own files are gone: git's directory of each says of whom it was. */
function orphans(fleet: Fleet): EndedAgent[] {
  const places = statePlaces(fleet);
  return namesIn(places.worktreeRoot)
    .map((name) => join(places.worktreeRoot, name))
    .filter((path) => keptTreeOwner(path) !== undefined)
    .flatMap((path) => killedAt(path) ?? [])
    .filter(({ entry }) => readEnding(places, entry.id) === undefined);
}

/** A tree that lies in the trash does not change, so it is measured once. */
function withSize(fleet: Fleet, kept: KeptTree): KeptTree {
  if (kept.bytes !== undefined) return kept;
  const bytes = bytesBelow(kept.tree, lstatSync(kept.tree).dev);
  const { directory, treeBytes } = agentFiles(statePlaces(fleet), kept.agent.entry.id);
  if (isRealDirectory(directory)) rememberIn(treeBytes, `${bytes}\n`);
  return { ...kept, bytes };
}

/** What a directory takes on its own file system; what cannot be read, or goes meanwhile, counts as nothing. */
function bytesBelow(directory: string, device: number): number {
  let sum = 0;
  for (const entry of entriesOf(directory)) {
    const stat = statIfSeen(join(directory, entry.name));
    if (stat === undefined || stat.dev !== device) continue;
    // A file with several names may be one of a store that others share, which frees nothing.
    sum += stat.isDirectory() || stat.nlink === 1 ? stat.blocks * 512 : 0;
    if (stat.isDirectory()) sum += bytesBelow(join(directory, entry.name), device);
  }
  return sum;
}

function entriesOf(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
