import { costAsJson } from "../api/cost.ts";
import { agentFailure } from "../api/failure.ts";
import { FleetError } from "../errors.ts";
import { filterAgents } from "../fleet/choose/selection.ts";
import { everyAgent } from "../fleet/cost/report.ts";
import { currentRepositoryRoot, type Fleet } from "../fleet/fleet.ts";
import { type Attempt, compareAgents, standing } from "../fleet/review/compare.ts";
import { advantage, rankingRule } from "../fleet/review/ranking.ts";
import { testAgents, testCommand } from "../fleet/review/test.ts";
import { table } from "../output/table.ts";
import { oneLine } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand, type Invocation } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";
import { showingTests } from "./test-progress.ts";

const widthElsewhere = 80;

export default defineFleetCommand({
  name: "compare",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    test: { type: "string", valueHint: "COMMAND", description: "run this test first, where it has not passed yet" },
    score: { type: "string", valueHint: "COMMAND", description: "prints a number in each worktree; higher is better" },
    into: { type: "string", valueHint: "BRANCH", completes: "branches", description: "compare with this branch" },
    files: { type: "boolean", description: "which agent has changed which file, and how much" },
  },
  details: [
    "One row for each attempt, the best first: tests that passed on exactly this content come before tests that have not run, and those " +
      "before failed ones; then no conflict with the branch it would go into, a higher score, the smaller change, the cheaper one. " +
      "Unsaved work counts and is marked with *; of killed agents what was saved is compared. No model judges. Needs git 2.38.",
  ],
  examples: [
    { command: "fleet compare auth --test 'npm test'", explanation: "test a batch and see which attempt is best" },
    { command: "fleet compare 'auth-*' --files", explanation: "who has changed what" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const entries = await attemptsMeant(fleet, args, invocation);
    const roots = [...new Set(entries.map(({ repo }) => repo))];
    const [root] = roots;
    if (root === undefined || roots.length > 1) {
      throw new FleetError("usage", "attempts of one repository can be compared", { hint: "see fleet compare --help" });
    }
    const test = args.test === undefined ? undefined : { words: [], line: args.test, again: false };
    if (test !== undefined) {
      const names = entries.map(({ branch }) => branch);
      await showingTests(application, fleet, names, (shown) => testAgents(shown, entries, test));
    }
    const { attempts, unseen } = await compareAgents(fleet, root, entries, {
      test: test === undefined ? undefined : testCommand(fleet, root, test),
      score: args.score,
      into: args.into,
    });
    const failures = unseen.map(({ entry, why }) => agentFailure(entry.branch, { kind: "failed", message: why }));
    if (application.json) application.answerJson({ ranking: rankingRule, agents: attempts.map(asJson), failures });
    else {
      if (args.files === true) showFiles(application, attempts);
      else showAttempts(application, attempts);
      for (const { entry, why } of unseen) application.narration.warning(`${entry.branch}: ${why}`);
    }
    return unseen.length === 0 ? 0 : 1;
  },
});

/** Agents that run, or, where a word names none of them, such as were killed. */
async function attemptsMeant(
  fleet: Fleet,
  args: Parameters<typeof chosenAgents>[1],
  invocation: Invocation,
): Promise<readonly AgentEntry[]> {
  try {
    return (await chosenAgents(fleet, args, invocation, false)).entries;
  } catch (error) {
    if (!(error instanceof FleetError) || invocation.operands.length === 0) throw error;
    const root = await currentRepositoryRoot(fleet);
    const known = everyAgent(fleet).filter(({ repo }) => repo === root);
    try {
      return filterAgents(known, invocation.operands);
    } catch {
      throw error;
    }
  }
}

function asJson(attempt: Attempt) {
  const { entry, content, target, changes, conflicts, test, stale, score, cost, lastWords } = attempt;
  return {
    ...entry,
    tree: content.tree,
    unsaved: content.unsaved,
    killed: content.killed,
    target: target?.branch ?? null,
    test: test === undefined ? null : { ...test, stale },
    conflicts,
    score: score ?? null,
    files: changes.map(({ path, from, added, deleted }) => ({
      path,
      ...(from === undefined ? {} : { from }),
      added: added ?? null,
      deleted: deleted ?? null,
    })),
    ...costAsJson(cost),
    last_words: lastWords,
  };
}

const columns = [
  { title: "", align: "right" },
  { title: "BRANCH", align: "left", least: 10 },
  { title: "TESTS", align: "left" },
  { title: "MERGE", align: "left" },
  { title: "FILES", align: "right" },
  { title: "LINES", align: "right" },
  { title: "SCORE", align: "right" },
  { title: "COST", align: "right" },
  { title: "LAST WORDS", align: "left", least: 10 },
] as const;

function row(attempt: Attempt, index: number): string[] {
  const { entry, content, changes, score, cost, lastWords } = attempt;
  const sum = (side: "added" | "deleted") => changes.reduce((total, change) => total + (change[side] ?? 0), 0);
  return [
    String(index + 1),
    `${entry.branch}${content.killed ? " (killed)" : ""}${content.unsaved > 0 ? "*" : ""}`,
    testCell(attempt),
    mergeCell(attempt),
    String(changes.length),
    changes.length === 0 ? "-" : `+${sum("added")} -${sum("deleted")}`,
    score === undefined ? "-" : String(score),
    cost.dollars === undefined ? "-" : `$${cost.dollars.toFixed(2)}`,
    oneLine(lastWords),
  ];
}

function testCell({ test, stale }: Attempt): string {
  if (test === undefined) return "-";
  return stale ? `${test.outcome} (stale)` : test.outcome;
}

function mergeCell({ target, conflicts }: Attempt): string {
  if (target === undefined) return "-";
  return conflicts.length > 0 ? "conflict" : "clean";
}

function showAttempts(application: Application, attempts: readonly Attempt[]): void {
  const rows = attempts.map(row);
  // A column in which nobody has anything says nothing.
  const shown = columns.map((_, index) => index < 6 || rows.some((cells) => (cells[index] || "-") !== "-"));
  const only = <Value>(list: readonly Value[]) => list.filter((_, index) => shown[index]);
  application.answerForeign(table(only(columns), rows.map(only), terminalColumns() ?? widthElsewhere));
  application.narration.note(rankingRule);
  const [first, second] = attempts;
  if (first !== undefined && second !== undefined) {
    const why = advantage(standing(first), standing(second));
    application.narration.note(`${first.entry.branch} before ${second.entry.branch}: ${why}.`);
  }
}

function showFiles(application: Application, attempts: readonly Attempt[]): void {
  const paths = [...new Set(attempts.flatMap(({ changes }) => changes.map(({ path }) => path)))].sort();
  const titles = attempts.map(({ entry }) => ({ title: entry.branch, align: "right" as const }));
  const rows = paths.map((path) => [
    path,
    ...attempts.map(({ changes }) => {
      const change = changes.find((each) => each.path === path);
      if (change === undefined) return "";
      return change.added === undefined ? "binary" : `+${change.added} -${change.deleted}`;
    }),
  ]);
  application.answerForeign(table([{ title: "FILE", align: "left", least: 20 }, ...titles], rows, terminalColumns()));
}
