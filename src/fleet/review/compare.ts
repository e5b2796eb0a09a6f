import type { AgentEntry } from "../../state/entry.ts";
import { type PullRecord, readPullRecord } from "../../state/pull-request.ts";
import type { TestResult } from "../../state/test-results.ts";
import type { WorkingDiff } from "../../system/git/changes.ts";
import type { FileChange } from "../../system/git/numstat.ts";
import { requireMergeTree } from "../../system/git/version.ts";
import { agentCosts, type Cost, costOfAgent } from "../cost/report.ts";
import { costTold } from "../cost/told.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { lastReply } from "../watch/transcript.ts";
import { changesOf, patchesOf } from "./changes.ts";
import { type Content, contentsOf, looking, type Unseen } from "./content.ts";
import { resultFor } from "./known-result.ts";
import { conflictsOf, mergeRules } from "./pairs.ts";
import { byStanding, type Standing } from "./ranking.ts";
import { scoreOf } from "./score.ts";
import { type Target, targetsOf } from "./target.ts";
import type { TestCommand } from "./test-command.ts";

/** What one agent has made of its task, with all that speaks for or against it. */
export interface Attempt {
  readonly entry: AgentEntry;
  readonly content: Content;
  /** The branch it would be merged into; `undefined` when there is none. */
  readonly target: Target | undefined;
  readonly changes: readonly FileChange[];
  /** The changes with their patch, if that was asked for. */
  readonly diff?: WorkingDiff | undefined;
  /** The files that would be in conflict with the target. */
  readonly conflicts: readonly string[];
  /** The newest result of its tests. */
  readonly test: TestResult | undefined;
  /** That result is of something else than what is there now. */
  readonly stale: boolean;
  readonly score: number | undefined;
  readonly cost: Cost;
  /** Its pull request as it was seen last. */
  readonly pullRequest: PullRecord | undefined;
  /** The end of what the agent said; empty when that is not known. */
  readonly lastWords: string;
}

/** What attempts are judged by, beside their changes. */
export interface CompareOptions {
  /** Only results of this command count; of any when absent. */
  readonly test?: TestCommand | undefined;
  /** A line for a shell that prints a number for a worktree. */
  readonly score?: string | undefined;
  /** What that has printed elsewhere, by the ids of agents: it is not run for them here. */
  readonly scores?: ReadonlyMap<string, number>;
  /** The branch that all of them would be merged into; of each its own when absent. */
  readonly into?: string | undefined;
  /** The patches too. */
  readonly patches?: boolean;
}

/**
 * The attempts of agents of one repository, the best first, unsaved work included; of killed ones what was saved. Nothing of anybody is
 * changed. Throws FleetError `missing-tool` when git is older than 2.38.
 */
export async function compareAgents(
  fleet: Fleet,
  root: string,
  entries: readonly AgentEntry[],
  options: CompareOptions = {},
): Promise<{ readonly attempts: readonly Attempt[]; readonly unseen: readonly Unseen[] }> {
  return looking(fleet, root, async (look) => {
    // While worktrees are looked at, which takes the longest, the rest is asked for.
    const [{ contents, unseen }, targetOf, rules] = await Promise.all([
      contentsOf(look, entries),
      targetsOf(look, entries, options.into),
      mergeRules(look),
      requireMergeTree(look.place),
    ]);
    const targets = contents.map(({ entry }) => targetOf(entry));
    const changes = await changesOf(look, contents, targets, rules);
    const diffs = options.patches === true ? await patchesOf(look, contents, targets) : [];
    const pairs = contents.map(({ commit }, index) => [targets[index]?.commit ?? commit, commit] as const);
    const conflicts = await conflictsOf(look, pairs, rules);
    const costs = agentCosts(
      fleet,
      contents.map(({ entry }) => entry),
    );
    const attempts: Attempt[] = [];
    for (const [index, content] of contents.entries()) {
      const used = costs[index];
      if (used === undefined) continue;
      attempts.push({
        entry: content.entry,
        content,
        target: targets[index],
        changes: changes[index] ?? [],
        diff: diffs[index],
        conflicts: conflicts(...(pairs[index] as (typeof pairs)[number])),
        ...(await judged(fleet, content, options)),
        cost: content.told?.cost === undefined ? costOfAgent(fleet, used) : costTold(content.told.cost),
      });
    }
    return { attempts: attempts.sort(bestFirst), unseen };
  });
}

/** What others than git say of an attempt: its tests, its score, its forge, and the agent itself. */
async function judged(
  fleet: Fleet,
  content: Content,
  options: CompareOptions,
): Promise<Pick<Attempt, "test" | "stale" | "score" | "pullRequest" | "lastWords">> {
  const { entry, told } = content;
  const { result, stale } = resultFor(fleet, content, options.test);
  return {
    test: result,
    stale,
    score: options.scores?.get(entry.id) ?? (await scoreHere(fleet, content, options)),
    pullRequest: readPullRecord(statePlaces(fleet), entry.id),
    lastWords: told?.last_words ?? lastReply(fleet, entry).trim(),
  };
}

async function scoreHere(fleet: Fleet, content: Content, { score }: CompareOptions): Promise<number | undefined> {
  return score === undefined ? undefined : scoreOf(fleet, content, score);
}

/** Between which nothing decides, those come by their names: agents of one second have no order of their own. */
function bestFirst(a: Attempt, b: Attempt): number {
  const named = () => a.entry.branch.localeCompare(b.entry.branch, "en", { numeric: true });
  return byStanding(standing(a), standing(b)) || named();
}

/** What of an attempt decides its place. */
export function standing({ entry, test, stale, conflicts, score, changes, cost }: Attempt): Standing {
  return {
    branch: entry.branch,
    test: stale ? undefined : test?.outcome,
    conflicts: conflicts.length > 0,
    score,
    lines: changes.reduce((sum, { added, deleted }) => sum + (added ?? 1) + (deleted ?? 0), 0),
    empty: changes.length === 0,
    dollars: cost.dollars,
  };
}
