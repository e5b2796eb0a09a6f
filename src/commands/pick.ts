import { chooseField, type Decided, judge, pickAnswer, type Race, shortfallOf, take } from "../api/pick.ts";
import { sharingLinks } from "../api/share-links.ts";
import { testEverywhere, warnOfUnread } from "../api/testing.ts";
import { FleetError } from "../errors.ts";
import { type Fleet, settingsFor } from "../fleet/fleet.ts";
import type { Picked } from "../fleet/operations/pick/pick.ts";
import type { Attempt } from "../fleet/review/compare.ts";
import { junitReport, type Untested, untestedAgent } from "../fleet/review/junit.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { pickReport } from "./pick-report.ts";
import { pullText } from "./pull-view.ts";
import { pullAsked, raceOptions } from "./race-options.ts";
import { reportFile } from "./report-file.ts";
import { branchesOperand, targetOptions, targetsInput } from "./targets.ts";
import { showingTests } from "./test-progress.ts";

export default defineFleetCommand({
  name: "pick",
  args: {
    branches: { ...branchesOperand, description: "the winner; with --best those to choose from" },
    ...targetOptions,
    best: { type: "boolean", description: "take the best of them, as fleet compare ranks them" },
    ...raceOptions,
    untested: { type: "boolean", description: "also when no tests have run on it" },
    into: { type: "string", valueHint: "BRANCH", completes: "branches", description: "else where the agent started" },
    message: { type: "string", alias: "m", valueHint: "TEXT", description: "the message of the commit" },
    keep: { type: "boolean", description: "do not end the others" },
  },
  details: [
    "Merges the winner as one commit, its unsaved work included, and ends the other agents of its batch as fleet kill does: what they have " +
      "is saved, and fleet restore --last takes all of it back. --best refuses a tie, and a winner that has not passed its tests. When the branch has moved on since, the tests run once " +
      "more on the merged files before it moves. With --pr nothing is merged here: a pull request is opened for it, as fleet pr does.",
  ],
  examples: [
    { command: "fleet pick auth-A3", explanation: "take this one, end the others of its batch" },
    { command: "fleet pick --best auth --test 'npm test'", explanation: "test a batch and take the best" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const { field, named } = await chooseField(fleet, targetsInput(args, invocation), args.best === true);
    return decideRace(application, fleet, field, {
      ...args,
      ...pullAsked(args, invocation),
      named,
      untested: args.untested === true,
    });
  },
});

/** What a race writes when it is over. */
interface RaceReports {
  readonly report?: string | undefined;
  readonly junit?: string | undefined;
  /** Who was out of it before it was decided, and why. */
  readonly out?: readonly Untested[];
}

/** Tests the field, takes the winner, ends the others, and says why. The report is written also when nobody can be taken. */
export function decideRace(
  application: Application,
  fleet: Fleet,
  field: readonly AgentEntry[],
  race: Race & RaceReports,
): Promise<CommandResult> {
  return sharingLinks(fleet, () => decide(application, fleet, field, race));
}

async function decide(
  application: Application,
  fleet: Fleet,
  field: readonly AgentEntry[],
  race: Race & RaceReports,
): Promise<CommandResult> {
  const writeJunit = reportFile(application, "junit", race.junit);
  const writeReport = reportFile(application, "report", race.report);
  const { out = [] } = race;
  const testing: typeof testEverywhere = async (own, entries, options) => {
    const names = entries.map(({ branch }) => branch);
    const all = await showingTests(application, own, names, (shown) => testEverywhere(shown, entries, options));
    const patterns = [...new Set(entries.flatMap(({ repo }) => settingsFor(own, repo).test_junit))];
    if (race.junit !== undefined) warnOfUnread(own, entries, patterns);
    writeJunit(await junitReport(all.tested, [...all.unseen.map(untestedAgent), ...out], patterns));
    return all;
  };
  const nobody = (attempts: readonly Attempt[], error: FleetError) =>
    writeReport(pickReport({ attempts, out, winner: undefined, why: `${error.message}.`, picked: undefined }));
  if (field.length === 0) {
    const error = new FleetError("failed", "no agent came to an end of its work", {
      hint: "to see why, run fleet list",
    });
    writeJunit(await junitReport([], out, []));
    nobody([], error);
    throw error;
  }
  const judged = await judge(fleet, field, race, testing);
  try {
    const decided = await take(fleet, field, judged, race);
    const { winner, reason: why, picked } = decided;
    writeReport(pickReport({ attempts: judged.attempts, out, winner, why, picked }));
    return answer(application, decided);
  } catch (error) {
    if (error instanceof FleetError) nobody(judged.attempts, error);
    throw error;
  }
}

function answer(application: Application, decided: Decided): CommandResult {
  const { picked } = decided;
  if (application.json) application.answerJson(pickAnswer(decided));
  else tell(application, decided);
  return keptOf(picked).length === 0 && shortfallOf(picked) === undefined ? 0 : 1;
}

function tell({ answer, narration }: Application, decided: Decided): void {
  const { entry } = decided.winner;
  const { taken, ended } = decided.picked;
  const [kept, shortfall] = [keptOf(decided.picked), shortfallOf(decided.picked)];
  answer([`  ${entry.branch}  taken  ${takenText(taken)}`]);
  narration.note(decided.reason);
  if (shortfall !== undefined) narration.failure(entry.branch, shortfall);
  for (const result of kept) narration.warning(`${result.entry.branch} is kept: ${result.why}`);
  const saved = ended.length - kept.length;
  const others = ended.length === 0 ? "" : `${othersText(saved, ended.length)} ended and saved. `;
  const way = saved > 0 ? "fleet restore --last" : undoOfMerge(decided);
  const said = `${others}${way === undefined ? "" : `Undo: ${way}`}`.trimEnd();
  if (said !== "") narration.note(said);
}

function keptOf({ ended }: Picked) {
  return ended.filter((result) => result.ended === false);
}

function undoOfMerge({ winner, picked: { taken } }: Decided): string | undefined {
  const isMerged = "merge" in taken && !taken.merge.nothing;
  return isMerged ? `fleet merge --undo ${shellWord(winner.entry.branch)}` : undefined;
}

/** `7 others`, `1 other`, `6 of 7 others`. */
function othersText(saved: number, all: number): string {
  const noun = all === 1 ? "other" : "others";
  return saved === all ? `${all} ${noun}` : `${saved} of ${all} ${noun}`;
}

function takenText(taken: Picked["taken"]): string {
  if ("pull" in taken) return `${pullText(taken.pull.record)}  ${taken.pull.record.url}`;
  return `${taken.merge.merged.target} is at ${taken.merge.merged.new.slice(0, 7)}`;
}
