import { FleetError } from "../errors.ts";
import { filterAgents } from "../fleet/choose/selection.ts";
import { everyAgent } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet/fleet.ts";
import { type Attempt, compareAgents } from "../fleet/review/compare.ts";
import type { Unseen } from "../fleet/review/content.ts";
import { rankingRule } from "../fleet/review/ranking.ts";
import { testCommand } from "../fleet/review/test-command.ts";
import type { CompareAnswer, CompareInput } from "../model/wire/compare.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import type { AgentEntry } from "../state/entry.ts";
import { costAsJson } from "./cost.ts";
import { unseenFailures } from "./failure.ts";
import { fileChangeAsJson } from "./file-change.ts";
import { pullAsJson } from "./pull-request.ts";
import { allIfNone, chooseAgents } from "./targets.ts";

/** Says which attempt is best, from what is known: nothing of anybody is run. Throws FleetError when none is meant, or of two repositories. */
export async function compare(fleet: Fleet, { test, into, ...targets }: CompareInput): Promise<CompareAnswer> {
  const entries = await attemptsMeant(fleet, targets);
  const root = commonRepository(entries);
  const command = test === undefined ? undefined : testCommand(fleet, root, { words: [], line: test });
  return compareAnswer(await compareAgents(fleet, root, entries, { test: command, into }));
}

/**
 * The agents that are meant: those that are there, or, where a word names none of them, such as were killed. All of the repository when
 * nothing is said.
 */
export async function attemptsMeant(fleet: Fleet, targets: TargetsInput): Promise<readonly AgentEntry[]> {
  try {
    return (await chooseAgents(fleet, allIfNone(targets), { reachesOut: false, away: "fetched" })).entries;
  } catch (error) {
    if (!(error instanceof FleetError) || targets.targets.length === 0) throw error;
    const root = await currentRepositoryRoot(fleet);
    const known = everyAgent(fleet).filter(({ repo }) => repo === root);
    try {
      return filterAgents(known, targets.targets);
    } catch {
      throw error;
    }
  }
}

/** The repository that all of them are of. Throws FleetError `usage` when they are of several, `failed` when there is none. */
export function commonRepository(entries: readonly AgentEntry[]): string {
  const [root, ...others] = new Set(entries.map(({ repo }) => repo));
  if (root === undefined) {
    throw new FleetError("failed", "there is no agent here to compare", {
      code: "no-target",
      hint: "to start three, run fleet fanout 3 -p PROMPT",
    });
  }
  if (others.length === 0) return root;
  throw new FleetError("usage", "attempts of one repository can be compared", { hint: "see fleet compare --help" });
}

/** Attempts, the best first, as they are answered. */
export function compareAnswer(compared: {
  readonly attempts: readonly Attempt[];
  readonly unseen: readonly Unseen[];
}): CompareAnswer {
  return {
    ranking: rankingRule,
    agents: compared.attempts.map(attemptAsJson),
    failures: unseenFailures(compared.unseen),
  };
}

function attemptAsJson(attempt: Attempt): CompareAnswer["agents"][number] {
  const { entry, content, target, changes, conflicts, test, stale, score, cost, pullRequest, lastWords } = attempt;
  return {
    ...entry,
    tree: content.tree,
    unsaved: content.unsaved,
    killed: content.killed,
    target: target?.branch ?? null,
    test: test === undefined ? null : { ...test, stale },
    conflicts: [...conflicts],
    score: score ?? null,
    files: changes.map(fileChangeAsJson),
    ...costAsJson(cost),
    pull_request: pullAsJson(pullRequest),
    last_words: lastWords,
  };
}
