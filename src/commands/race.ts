import { waitKeepingBudgets } from "../api/budgets.ts";
import type { Race } from "../api/pick.ts";
import { FleetError } from "../errors.ts";
import { examineBrought } from "../fleet/consent.ts";
import { currentRepository, type Fleet, gitAt, settingsFor, statePlaces } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import type { Untested } from "../fleet/review/junit.ts";
import { saidOf } from "../fleet/watch/status.ts";
import type { Halt } from "../fleet/watch/wait.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { shellWord } from "../system/shell.ts";
import type { Application } from "./application.ts";
import type { CommandResult } from "./definition.ts";
import { launchMany } from "./launch.ts";
import { outOfRace } from "./pick-report.ts";
import { reportFile } from "./report-file.ts";

interface RaceArguments extends Pick<Race, "draft" | "reviewers" | "labels"> {
  readonly host?: string | undefined;
  readonly test?: string | undefined;
  readonly report?: string | undefined;
  readonly junit?: string | undefined;
  readonly pr?: boolean | undefined;
  readonly quick?: boolean | undefined;
}

/** The agents that are to race, told which names are taken on other machines. */
type RequestsFor = (taken?: readonly string[]) => Promise<readonly AgentRequest[]>;

/** Who has started, whether all of them did so well, and which branches are without an agent. */
interface Started {
  readonly entries: readonly AgentEntry[];
  readonly well: boolean;
  readonly missing: readonly string[];
}

/** A race may last for hours: that its reports can be written is looked at before it begins. Throws FleetError when one cannot. */
export function requireReports(application: Application, { report, junit }: RaceArguments): void {
  reportFile(application, "report", report);
  reportFile(application, "junit", junit);
}

/**
 * Starts agents, here or on other machines, waits for all, takes the best and ends the others. Who asks, errs, has ended or is on a machine that
 * was lost is out of the race, and kept for the user: the exit code is 1 then.
 */
export async function runRace(
  application: Application,
  fleet: Fleet,
  requestsFor: RequestsFor,
  args: RaceArguments,
): Promise<CommandResult> {
  const { entries, well, missing } = await start(application, fleet, requestsFor, args);
  const halts = await haltsOf(application, fleet, entries, args);
  const unfinished = halts.filter(({ well }) => !well).map(whyOut);
  for (const one of unfinished) application.narration.warning(outOfRace(one));
  const field = halts.filter(({ well }) => well).map(({ entry }) => entry);
  const out = [...unfinished, ...missing.map((branch) => ({ branch, why: "did not start" }))];
  const { decideRace } = await import("./pick.ts");
  const decided = await decideRace(application, fleet, field, { ...args, untested: false, out });
  return well && missing.length === 0 && field.length === entries.length ? decided : 1;
}

function whyOut({ entry, status }: Halt): Untested {
  const reason = status.reason === undefined ? "" : `: ${status.reason}`;
  return { branch: entry.branch, why: `${saidOf(status.word)}${reason}` };
}

/** What each came to. Where that cannot be told any more, all go on, and how to end the race later is said. */
async function haltsOf(
  { narration }: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  { test }: RaceArguments,
): Promise<readonly Halt[]> {
  const options = { any: false, withoutLost: true, timeoutMilliseconds: undefined, onChange: () => undefined };
  try {
    return (await waitKeepingBudgets(fleet, entries, options)).halts;
  } catch (error) {
    const batch = entries[0]?.batch_id;
    if (error instanceof FleetError && !fleet.cancelled.aborted && batch !== undefined) {
      const how = test === undefined ? "" : ` --test ${shellWord(test)}`;
      narration.note(`The agents go on. To end the race later, run fleet pick --best ${shellWord(batch)}${how}`);
    }
    throw error;
  }
}

async function start(
  application: Application,
  fleet: Fleet,
  requestsFor: RequestsFor,
  { host, pr, test, quick }: RaceArguments,
): Promise<Started> {
  const { root } = await currentRepository(fleet);
  await requireTest(fleet, root, test);
  let names: readonly string[] = [];
  const checked: RequestsFor = async (taken) => {
    const requests = await requestsFor(taken);
    if (pr === true) await requireRoute(fleet, root, requests);
    names = requests.map(({ branch }) => branch);
    return requests;
  };
  const missingFrom = (entries: readonly AgentEntry[]) =>
    names.filter((name) => entries.every(({ branch }) => branch !== name));
  if (host !== undefined) {
    const { startAway } = await import("./launch-away.ts");
    const entries = await startAway(application, fleet, { host, requestsFor: checked, quick });
    return { entries, well: true, missing: missingFrom(entries) };
  }
  const launched = await launchMany(application, fleet, await checked());
  const entries = readRegistry(statePlaces(fleet)).filter(
    ({ branch, repo }) => repo === root && names.includes(branch),
  );
  return { entries, well: launched === 0, missing: missingFrom(entries) };
}

/**
 * A race may last for hours: that something decides it is looked at before it begins. What the repository brings and the user has yet to
 * accept may do so. Throws FleetError `usage` when nothing does.
 */
async function requireTest(fleet: Fleet, root: string, test: string | undefined): Promise<void> {
  const command = test ?? settingsFor(fleet, root).test_command;
  if (command.trim() !== "" || (await examineBrought(fleet, root))?.accepted === false) return;
  throw new FleetError("usage", "--pick has no test that decides", {
    hint: 'to give one, add --test "npm test", or set test_command with fleet config edit; to choose yourself, leave --pick out',
  });
}

/** A race may last for hours: that its winner can be published is looked at before it begins. */
async function requireRoute(fleet: Fleet, root: string, [first]: readonly AgentRequest[]): Promise<void> {
  const { routeOf } = await import("../fleet/operations/pr/route.ts");
  if (first !== undefined) await routeOf(fleet, gitAt(fleet, root), { repo: root, branch: first.branch });
}
