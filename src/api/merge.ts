import { FleetError, refusalOf } from "../errors.ts";
import { everyAgent } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { MergeConflict } from "../fleet/operations/merge/conflict.ts";
import { type MergeDone, mergeAgent } from "../fleet/operations/merge/merge.ts";
import type { MergeOptions } from "../fleet/operations/merge/options.ts";
import { type Patience, resolveByAgent } from "../fleet/operations/merge/resolve.ts";
import { undoMerge } from "../fleet/operations/merge/undo-merge.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { overlapOf } from "../fleet/review/overlap.ts";
import type { MergeAnswer, MergeInput } from "../model/wire/merge.ts";
import type { UndoMergeAnswer, UndoMergeInput } from "../model/wire/undo-merge.ts";
import { awayAgents } from "../state/away.ts";
import { endedAgents } from "../state/ending.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { shellWord } from "../system/shell.ts";
import { agentFailure } from "./failure.ts";
import { hasHosts } from "./has-hosts.ts";
import { chooseAgents } from "./targets.ts";
import { requireFetched } from "./unfetched.ts";

/** What became of agents that were to be merged. */
export interface MergeOutcome {
  readonly done: readonly MergeDone[];
  /** The first that could not be merged. */
  readonly failure: { readonly entry: AgentEntry; readonly error: FleetError } | undefined;
  /** Those behind it. */
  readonly rest: readonly AgentEntry[];
}

/** Merges the agents that are meant, up to the first that cannot be. Throws FleetError when none is meant. */
export async function merge(
  fleet: Fleet,
  { into, mode, message, commit, resolve, ...targets }: MergeInput,
): Promise<MergeAnswer> {
  const since = new Date();
  const { entries } = await chooseAgents(fleet, targets, { reachesOut: false, away: "fetched" });
  const options = { into, mode, message, commit };
  return mergeAnswer(await mergeEntries(fleet, entries, options, { since, patience: resolve ? {} : undefined }));
}

interface Merging {
  /** When their work began to be fetched, of those on other machines. */
  readonly since: Date;
  readonly patience?: Patience | undefined;
}

/**
 * Merges these agents, those first that are in nobody's way, one after another up to the first that cannot be merged. With `patience`
 * agents are sent their conflicts, and waited for.
 */
export async function mergeEntries(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: MergeOptions,
  { since, patience }: Merging,
): Promise<MergeOutcome> {
  const ordered = await inOrder(fleet, entries);
  const done: MergeDone[] = [];
  for (const [index, entry] of ordered.entries()) {
    try {
      const merged = await mergeOrResolve(fleet, entry, options, patience);
      // Of a machine that is silent what was fetched last may be merged, but not said to be all.
      if (merged.nothing) requireFetched(fleet, entry, since);
      done.push(merged);
    } catch (error) {
      return { done, failure: { entry, error: refusalOf(error) }, rest: ordered.slice(index + 1) };
    }
  }
  return { done, failure: undefined, rest: [] };
}

async function mergeOrResolve(
  fleet: Fleet,
  entry: AgentEntry,
  options: MergeOptions,
  patience: Patience | undefined,
): Promise<MergeDone> {
  try {
    return await mergeAgent(fleet, entry, options);
  } catch (error) {
    if (!(error instanceof MergeConflict) || patience === undefined) throw error;
    // Its branch has a merge in it then, which cannot be rebased.
    const resolved: MergeOptions = options.mode === "rebase" ? { ...options, mode: "squash" } : options;
    await resolveByAgent(fleet, entry, error, { patience, options: resolved });
    return await mergeResolved(fleet, entry, resolved);
  }
}

/** To ask an agent once more that has just had its turn would bring what that turn brought. */
async function mergeResolved(fleet: Fleet, entry: AgentEntry, options: MergeOptions): Promise<MergeDone> {
  try {
    return await mergeAgent(fleet, entry, options);
  } catch (error) {
    if (!(error instanceof MergeConflict)) throw error;
    const { branch } = entry;
    throw new FleetError(
      "failed",
      `${branch} still conflicts with ${error.target} after its turn; nothing was merged`,
      {
        code: "merge-conflict",
        output: error.output ?? "",
        hint: `to see what it did, run fleet logs ${shellWord(branch)}; to tell it more, run fleet prompt ${shellWord(branch)} MESSAGE`,
      },
    );
  }
}

/** What became of agents that were to be merged, as it is answered. */
export function mergeAnswer({ done, failure, rest }: MergeOutcome): MergeAnswer {
  return {
    agents: done.map(mergeAsJson),
    failures: failure === undefined ? [] : [agentFailure(failure.entry.branch, failure.error)],
    not_tried: rest.map(({ branch }) => branch),
  };
}

/** A merge as it is answered. */
export function mergeAsJson({ entry, merged, nothing }: MergeDone) {
  return { ...entry, merge: { ...merged, nothing } };
}

/** Takes the last merge back, of those agents that are meant. Throws FleetError `failed` when there was none, or it cannot be taken back. */
export async function undoLastMerge(fleet: Fleet, { targets }: UndoMergeInput): Promise<UndoMergeAnswer> {
  await settleDeadOperations(fleet);
  const root = await currentRepositoryRoot(fleet);
  const elsewhere = hasHosts(fleet) ? awayAgents(statePlaces(fleet)).map(({ entry }) => entry) : [];
  const known = [...everyAgent(fleet), ...elsewhere].filter(
    ({ repo, branch }) => repo === root && (targets.length === 0 || targets.includes(branch)),
  );
  const { entry, merged } = await undoMerge(fleet, known);
  const places = statePlaces(fleet);
  const isKilled =
    readRegistry(places).every(({ id }) => id !== entry.id) &&
    endedAgents(places).some((each) => each.entry.id === entry.id);
  if (isKilled) {
    const text = `${entry.branch} was killed; to have its work back, run fleet restore ${shellWord(entry.branch)}`;
    fleet.report({ kind: "note", text });
  }
  return { agents: [{ ...entry, undone: merged }], failures: [] };
}

async function inOrder(fleet: Fleet, entries: readonly AgentEntry[]): Promise<readonly AgentEntry[]> {
  if (entries.length < 2) return entries;
  const ordered: AgentEntry[] = [];
  for (const [root, agents] of Map.groupBy(entries, ({ repo }) => repo)) {
    const { order, left, unseen } = await overlapOf(fleet, root, agents);
    ordered.push(...order, ...left, ...unseen.map(({ entry }) => entry));
  }
  return ordered;
}
