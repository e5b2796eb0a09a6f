import { parted } from "../api/away.ts";
import { attemptsMeant, commonRepository, compareAnswer } from "../api/compare.ts";
import { sharingLinks } from "../api/share-links.ts";
import { testEverywhere, warnOfUntested } from "../api/testing.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { whyFirst } from "../fleet/review/best.ts";
import { type Attempt, compareAgents } from "../fleet/review/compare.ts";
import type { Unseen } from "../fleet/review/content.ts";
import { rankingRule } from "../fleet/review/ranking.ts";
import { testCommand } from "../fleet/review/test-command.ts";
import { wantsColour } from "../output/colour.ts";
import { type Column, table } from "../output/table.ts";
import { oneLine } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { filePatches } from "../system/git/file-patches.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { fileMatrix } from "./compare-files.ts";
import { besideEachOther } from "./compare-patches.ts";
import { defineFleetCommand } from "./definition.ts";
import { pageOwn } from "./pager.ts";
import { pullText } from "./pull-view.ts";
import { branchesOperand, targetOptions, targetsInput } from "./targets.ts";
import { showingTests } from "./test-progress.ts";

export default defineFleetCommand({
  name: "compare",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    test: { type: "string", valueHint: "COMMAND", description: "run this test first, where it has not passed yet" },
    score: { type: "string", valueHint: "COMMAND", description: "prints a number in each worktree; higher is better" },
    into: { type: "string", valueHint: "BRANCH", completes: "branches", description: "compare with this branch" },
    patch: {
      type: "boolean",
      alias: "p",
      excludes: ["files", "json"],
      description: "what each has changed, the diffs side by side in your pager",
    },
    files: { type: "boolean", description: "which agent has changed which file, and how much" },
  },
  details: [
    "One row for each attempt, the best first: tests that passed on exactly this content come before tests that have not run, and those " +
      "before failed ones; then no conflict with the branch it would go into, a higher score, the smaller change, the cheaper one. " +
      "Without a name: all agents of this repository. Unsaved work counts and is marked with *; of killed agents what was saved is compared. No model judges. Needs git 2.38.",
    "With -p, file after file with those that change it beside each other, the best on the left; who makes the same change shares a column. " +
      "Give it a wide terminal, or two names. What sets two of them apart, in your pager or difftool: fleet diff A B, with --difftool.",
  ],
  examples: [
    { command: "fleet compare auth --test 'npm test'", explanation: "test a batch and see which attempt is best" },
    { command: "fleet compare 'auth-*' --files", explanation: "who has changed what" },
    { command: "fleet compare auth-A1 auth-A3 -p", explanation: "read what both have made, side by side" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet({ looks: args.test === undefined && args.score === undefined });
    const { attempts, unseen } = await sharingLinks(fleet, async () =>
      attemptsAt(application, fleet, await attemptsMeant(fleet, targetsInput(args, invocation)), args),
    );
    if (application.json) application.answerJson(compareAnswer({ attempts, unseen }));
    else {
      if (args.files === true) showFiles(application, attempts);
      else if (args.patch === true) await showPatches(application, attempts);
      else showAttempts(application, attempts);
      for (const { entry, why } of unseen) application.narration.warning(`${entry.branch}: ${why}`);
    }
    return unseen.length === 0 ? 0 : 1;
  },
});

interface Asked {
  readonly test?: string | undefined;
  readonly score?: string | undefined;
  readonly into?: string | undefined;
  readonly patch?: boolean | undefined;
}

/** Tests and scores agents where they are, if that is asked for, and compares them. */
async function attemptsAt(
  application: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  { test: line, score, into, patch }: Asked,
): Promise<{ readonly attempts: readonly Attempt[]; readonly unseen: readonly Unseen[] }> {
  const root = commonRepository(entries);
  const test = line === undefined ? undefined : { words: [], line, again: false };
  if (test !== undefined) {
    const names = entries.map(({ branch }) => branch);
    const { unseen } = await showingTests(application, fleet, names, (shown) => testEverywhere(shown, entries, test));
    warnOfUntested(fleet, unseen);
  }
  return compareAgents(fleet, root, entries, {
    test: test === undefined ? undefined : testCommand(fleet, root, test),
    score,
    ...(score === undefined ? {} : { scores: await scoresElsewhere(fleet, entries, score) }),
    into,
    patches: patch === true,
  });
}

/** What the score command prints for agents on other machines, in their worktrees there. */
async function scoresElsewhere(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  line: string,
): Promise<ReadonlyMap<string, number>> {
  const { away } = parted(fleet, entries);
  if (away.length === 0) return new Map();
  const { scoresAway } = await import("../api/across/score.ts");
  return scoresAway(fleet, away, line);
}

const columns = [
  { title: "", align: "right" },
  { title: "BRANCH", align: "left", least: 10 },
  { title: "TESTS", align: "left" },
  { title: "MERGE", align: "left" },
  { title: "FILES", align: "right", leaves: 2 },
  { title: "LINES", align: "right", leaves: 5 },
  { title: "SCORE", align: "right", leaves: 6 },
  { title: "COST", align: "right", leaves: 4 },
  { title: "PR", align: "left", leaves: 3 },
  { title: "LAST WORDS", align: "left", least: 10, leaves: 1 },
] as const;

function row(attempt: Attempt, index: number): string[] {
  const { entry, content, changes, score, cost, pullRequest, lastWords } = attempt;
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
    pullText(pullRequest),
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
  application.answer(table(only<Column>(columns), rows.map(only), isTerminal(1) ? terminalColumns() : undefined));
  if (startsOf(attempts) > 1) {
    application.narration.note("Not all start at the same commit: each is compared from where it left its branch.");
  }
  application.narration.note(rankingRule);
  const [first, ...others] = attempts;
  if (first !== undefined && others.length > 0) application.narration.note(whyFirst([first, ...others]));
}

function startsOf(attempts: readonly Attempt[]): number {
  return new Set(attempts.map(({ entry }) => entry.base)).size;
}

function showFiles(application: Application, attempts: readonly Attempt[]): void {
  const { lines, legend } = fileMatrix(
    attempts.map(({ entry, changes }) => ({ branch: entry.branch, changes })),
    isTerminal(1) ? terminalColumns() : undefined,
  );
  application.answer(lines);
  if (legend !== undefined) application.narration.note(legend);
}

/** Where there is no terminal: two diffs as wide as most are written. */
const usualColumns = 160;

async function showPatches(application: Application, attempts: readonly Attempt[]): Promise<void> {
  const patches = attempts.map(({ entry, diff }) => ({
    branch: entry.branch,
    patch: diff === undefined ? [] : filePatches(diff),
  }));
  const width = (isTerminal(1) ? terminalColumns() : undefined) ?? usualColumns;
  const lines = besideEachOther(patches, width, wantsColour(application.environment));
  if (lines.length === 0) application.narration.note("None of them has changed anything.");
  else await pageOwn(application, lines);
}
