import { agentFailure } from "../api/failure.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { settingsFor, statePlaces } from "../fleet/fleet.ts";
import { type Picked, pickWinner } from "../fleet/operations/pick/pick.ts";
import { bestOf, requireTakeable } from "../fleet/review/best.ts";
import { type Attempt, compareAgents, standing } from "../fleet/review/compare.ts";
import { junitReport } from "../fleet/review/junit.ts";
import { advantage } from "../fleet/review/ranking.ts";
import { testAgents, testCommand } from "../fleet/review/test.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { pickReport } from "./pick-report.ts";
import { raceOptions } from "./race-options.ts";
import { reportFile } from "./report-file.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";
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
      "is saved. --best refuses a tie, and a winner that has not passed its tests. When the branch has moved on since, the tests run once " +
      "more on the merged files before it moves.",
  ],
  examples: [
    { command: "fleet pick auth-A3", explanation: "take this one, end the others of its batch" },
    { command: "fleet pick --best auth --test 'npm test'", explanation: "test a batch and take the best" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const { entries } = await chosenAgents(fleet, args, invocation, false);
    const named = args.best === true ? undefined : oneNamed(entries);
    const field = named === undefined ? entries : batchOf(fleet, named);
    return decideRace(application, fleet, field, { ...args, named, untested: args.untested === true });
  },
});

function oneNamed(entries: readonly AgentEntry[]): AgentEntry {
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0) return first;
  throw new FleetError("usage", `that is ${entries.length} agents, and only one can win`, {
    hint: "to take the best of them, add --best",
  });
}

/** Agents made by hand on one day are no race. */
function batchOf(fleet: Fleet, winner: AgentEntry): readonly AgentEntry[] {
  if (winner.batch_id.startsWith("manual-")) return [winner];
  return readRegistry(statePlaces(fleet)).filter(
    ({ batch_id: batch, repo }) => batch === winner.batch_id && repo === winner.repo,
  );
}

interface Race {
  readonly test?: string | undefined;
  readonly report?: string | undefined;
  readonly junit?: string | undefined;
  readonly into?: string | undefined;
  readonly message?: string | undefined;
  readonly keep?: boolean | undefined;
  readonly untested: boolean;
  /** Who wins; else the best. */
  readonly named?: AgentEntry | undefined;
}

/** Tests the field, takes the winner, ends the others, and says why. The report is written also when nobody can be taken. */
export async function decideRace(
  application: Application,
  fleet: Fleet,
  field: readonly AgentEntry[],
  race: Race,
): Promise<CommandResult> {
  const root = field[0]?.repo;
  if (root === undefined || field.some(({ repo }) => repo !== root)) {
    throw new FleetError("usage", "a race is between agents of one repository", { hint: "see fleet pick --help" });
  }
  const writeJunit = reportFile(application, "junit", race.junit);
  const writeReport = reportFile(application, "report", race.report);
  const options = { words: [], line: race.test, again: false };
  const isTested = race.test !== undefined || settingsFor(fleet, root).test_command !== "";
  const test = isTested ? testCommand(fleet, root, options) : undefined;
  if (test !== undefined) {
    const names = field.map(({ branch }) => branch);
    const { tested } = await showingTests(application, fleet, names, (shown) => testAgents(shown, field, options));
    const junit = await junitReport(tested, settingsFor(fleet, root).test_junit);
    writeJunit(junit);
  }
  const { attempts } = await compareAgents(fleet, root, field, { test, into: race.into });
  const tell = (winner: Attempt | undefined, why: string, picked?: Picked) => {
    writeReport(pickReport(attempts, winner, why, picked));
  };
  try {
    const winner = winnerOf(attempts, race);
    const why = reason(attempts, winner);
    const losers = race.keep === true ? [] : field.filter(({ id }) => id !== winner.entry.id);
    const merging = { into: race.into, mode: "squash", message: race.message, test } as const;
    const picked = await pickWinner(fleet, winner, losers, merging);
    tell(winner, why, picked);
    return answer(application, winner, why, picked);
  } catch (error) {
    if (error instanceof FleetError) tell(undefined, `${error.message}.`);
    throw error;
  }
}

function winnerOf(attempts: readonly Attempt[], { named, untested }: Race): Attempt {
  if (named === undefined) return bestOf(attempts, untested);
  const attempt = attempts.find(({ entry }) => entry.id === named.id);
  if (attempt === undefined) {
    throw new FleetError("failed", `${named.branch} cannot be looked at`, { hint: "to see why, run fleet compare" });
  }
  // Whoever names the winner knows what they take, but for tests that failed and conflicts.
  requireTakeable(attempt, true);
  return attempt;
}

function reason(attempts: readonly Attempt[], winner: Attempt): string {
  const [first, second] = attempts;
  if (first !== winner) return `${winner.entry.branch} was named.`;
  if (second === undefined) return `${winner.entry.branch} was the only one.`;
  return `${winner.entry.branch} before ${second.entry.branch}: ${advantage(standing(winner), standing(second))}.`;
}

function answer(application: Application, { entry }: Attempt, why: string, { merge, ended }: Picked): CommandResult {
  const kept = ended.filter((result) => result.ended === false);
  if (application.json) {
    application.answerJson({
      winner: { ...entry, merge: { ...merge.merged, nothing: merge.nothing } },
      reason: why,
      agents: ended.map((result) => ({ ...result.entry, outcome: result.ended === false ? "kept" : "ended" })),
      failures: kept.map((result) =>
        agentFailure(result.entry.branch, { kind: "kept", message: result.why, hint: result.hint }),
      ),
    });
  } else {
    const { target, new: commit } = merge.merged;
    application.answer([`  ${entry.branch}  taken  ${target} is at ${commit.slice(0, 7)}`]);
    application.narration.note(why);
    for (const result of kept) application.narration.warning(`${result.entry.branch} is kept: ${result.why}`);
    const saved = ended.length - kept.length;
    const undo = `fleet merge --undo ${shellWord(entry.branch)}${saved === 0 ? "" : "; fleet restore --last"}`;
    application.narration.note(`${saved} of ${ended.length} others ended and saved. Undo: ${undo}`);
  }
  return kept.length === 0 ? 0 : 1;
}
