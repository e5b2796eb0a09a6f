import { testAnswer, testVerdict } from "../api/test.ts";
import { testEverywhere, warnOfUnread } from "../api/testing.ts";
import { settingsFor } from "../fleet/fleet.ts";
import type { Unseen } from "../fleet/review/content.ts";
import { junitReport, untestedAgent } from "../fleet/review/junit.ts";
import type { Tested } from "../fleet/review/test.ts";
import { aligned } from "../output/aligned.ts";
import { span } from "../output/text.ts";
import { readTextIfExists } from "../system/files.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { reportFile } from "./report-file.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";
import { showingTests } from "./test-progress.ts";

export default defineFleetCommand({
  name: "test",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    again: { type: "boolean", description: "also run what has passed on the same content" },
    outside: { type: "boolean", description: "not in the sandboxes of agents that have one" },
    junit: { type: "string", valueHint: "FILE", completes: "files", description: "write a JUnit report" },
  },
  passthrough: "COMMAND [ARGUMENT...]",
  passthroughOptional: true,
  details: [
    "Runs the command after --, else test_command, in each worktree, test_parallel at a time. It has no input, ends after test_timeout, " +
      "and what it leaves running is ended. The result belongs to exactly what is in the worktree, untracked files included: as long as " +
      "that stays the same, tests that passed are not run again.",
    "The exit code is 0 when all of them passed, else 1.",
  ],
  examples: [
    { command: "fleet test fix-42 -- npm test", explanation: "test the work of one agent" },
    { command: "fleet test auth --junit report.xml", explanation: "test a whole batch with test_command, for CI" },
  ],
  async run(args, invocation) {
    const { application, passthrough } = invocation;
    const writeReport = reportFile(application, "junit", args.junit);
    const fleet = await application.openFleet();
    const { entries } = await chosenAgents(fleet, args, invocation, { reachesOut: false, away: "known" });
    const names = entries.map(({ branch }) => branch);
    const options = { words: passthrough, again: args.again === true, outside: args.outside === true };
    const { tested, unseen } = await showingTests(application, fleet, names, (shown) =>
      testEverywhere(shown, entries, options),
    );
    if (args.junit !== undefined) {
      const patterns = [...new Set(entries.flatMap(({ repo }) => settingsFor(fleet, repo).test_junit))];
      warnOfUnread(fleet, entries, patterns);
      writeReport(await junitReport(tested, unseen.map(untestedAgent), patterns));
    }
    return answer(application, tested, unseen);
  },
});

/** How many of the last lines of a failed test are shown. */
const shownLines = 20;

function answer(application: Application, tested: readonly Tested[], unseen: readonly Unseen[]): CommandResult {
  const failed = tested.filter(({ result }) => result.outcome !== "passed");
  if (application.json) {
    application.answerJson(testAnswer({ tested, unseen }));
  } else {
    if (tested.length === 1) showEnd(application, failed);
    application.answer(
      aligned([...tested.map(line), ...unseen.map(({ entry, why }) => [`  ${entry.branch}`, "-", why])]),
    );
    const all = tested.length + unseen.length;
    if (all > 0) application.narration.note(`${tested.length - failed.length} of ${all} passed.`);
  }
  return failed.length + unseen.length === 0 ? 0 : 1;
}

function showEnd(application: Application, failed: readonly Tested[]): void {
  for (const { log } of failed) {
    const lines = (readTextIfExists(log) ?? "").trimEnd().split("\n").slice(-shownLines);
    if (lines.join("") === "") continue;
    application.narration.note(lines.map((text) => `  │ ${text}`).join("\n"));
  }
}

function line({ entry, result, known, log }: Tested): string[] {
  const age = span(Date.now() - Date.parse(result.at));
  const remarks = [
    ...(known ? [`as ${age} ago: nothing has changed since`] : []),
    ...(result.left_processes > 0 ? [`ended what it left running (${result.left_processes})`] : []),
    ...(result.changed_tree ? ["the worktree changed while it ran: the result is of what was there before"] : []),
    ...(result.outcome === "passed" ? [] : [result.output_bytes === 0 ? "it said nothing" : `all it said: ${log}`]),
  ];
  return [
    `  ${entry.branch}`,
    result.outcome,
    `${result.seconds.toFixed(1)}s`,
    [testVerdict(result), ...remarks].filter(Boolean).join("; "),
  ];
}
