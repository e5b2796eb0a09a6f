import { FleetError } from "../errors.ts";
import { type Fleet, settingsFor, statePlaces } from "../fleet/fleet.ts";
import { type Picked, pickWinner, publishWinner } from "../fleet/operations/pick/pick.ts";
import { asGoodAs, bestOf, requireTakeable, whyFirst } from "../fleet/review/best.ts";
import { type Attempt, compareAgents } from "../fleet/review/compare.ts";
import { type TestCommand, testCommand } from "../fleet/review/test-command.ts";
import type { PickAnswer, PickInput } from "../model/wire/pick.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import { awayAgents } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { shellWord } from "../system/shell.ts";
import { parted } from "./away.ts";
import { agentFailure } from "./failure.ts";
import { hasHosts } from "./has-hosts.ts";
import { killEverywhere } from "./kill.ts";
import { mergeAsJson } from "./merge.ts";
import type { Tell } from "./operation.ts";
import { pullAsJson } from "./pull-request.ts";
import { chooseAgents } from "./targets.ts";
import { telling, testEverywhere, warnOfUntested } from "./testing.ts";
import { requireFetched } from "./unfetched.ts";

/** How a race is decided. */
export interface Race {
  /** Who wins; else the best. */
  readonly named?: AgentEntry | undefined;
  /** The test that decides, a line for a shell; else the configured one. */
  readonly test?: string | undefined;
  /** The best wins also when no tests have run on it. */
  readonly untested: boolean;
  readonly into?: string | undefined;
  readonly message?: string | undefined;
  /** The others go on. */
  readonly keep?: boolean | undefined;
  /** A pull request is opened for the winner instead of merging it. */
  readonly pr?: boolean | undefined;
  /** It is opened as a draft, with these people asked to review it, and with these labels. */
  readonly draft?: boolean | undefined;
  readonly reviewers?: readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
}

/** The attempts of a race, the best first, after their tests. */
export interface Judged {
  readonly attempts: readonly Attempt[];
  readonly test: TestCommand | undefined;
  /** When that began: what was fetched of an agent before may not be all that it has now. */
  readonly since: Date;
}

/** How a race ended. */
export interface Decided {
  readonly winner: Attempt;
  readonly reason: string;
  readonly picked: Picked;
}

/** Merges the winner and ends the others, telling how each test ended. Throws FleetError when nobody can be taken; nothing is changed then. */
export async function pick(fleet: Fleet, { best, ...input }: PickInput, tell: Tell): Promise<PickAnswer> {
  const { field, named } = await chooseField(fleet, input, best);
  const { test, untested, into, message, keep, pr, draft, reviewers, labels } = input;
  const race: Race = { named, test, untested, into, message, keep, pr, draft, reviewers, labels };
  const judged = await judge(fleet, field, race, (own, agents, options) =>
    testEverywhere(own, agents, { ...options, onTested: telling(tell) }),
  );
  return pickAnswer(await take(fleet, field, judged, race));
}

/** Who takes part in a race, and who is to win when that is said. */
interface Field {
  readonly field: readonly AgentEntry[];
  readonly named: AgentEntry | undefined;
}

/** Who takes part: those that are meant, or the batch of the one that is to win. Throws FleetError `usage` for several winners. */
export async function chooseField(fleet: Fleet, targets: TargetsInput, best: boolean): Promise<Field> {
  const { entries } = await chooseAgents(fleet, targets, {
    reachesOut: false,
    ...(hasHosts(fleet) ? { away: "known" } : {}),
  });
  return fieldOf(fleet, entries, best);
}

function fieldOf(fleet: Fleet, entries: readonly AgentEntry[], best: boolean): Field {
  if (entries.length === 0) {
    throw new FleetError("failed", "there is no agent here to pick", {
      code: "no-target",
      hint: "to start three, run fleet fanout 3 -p PROMPT",
    });
  }
  if (best) return { field: entries, named: undefined };
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0) return { field: batchOf(fleet, first), named: first };
  throw new FleetError("usage", `that is ${entries.length} agents, and only one can win`, {
    hint: "to take the best of them, add --best; to see which that is, run fleet compare with the same words",
  });
}

/** Agents made by hand on one day are no race. */
function isByHand({ batch_id: batch }: AgentEntry): boolean {
  return batch.startsWith("manual-");
}

function batchOf(fleet: Fleet, winner: AgentEntry): readonly AgentEntry[] {
  if (isByHand(winner)) return [winner];
  const places = statePlaces(fleet);
  const elsewhere = hasHosts(fleet) ? awayAgents(places) : [];
  return [...readRegistry(places), ...elsewhere.map(({ entry }) => entry)].filter(
    ({ batch_id: batch, repo }) => batch === winner.batch_id && repo === winner.repo,
  );
}

/**
 * Tests the field, where a test is known, each agent on its machine, fetches what those on other machines have, and ranks it.
 * Throws FleetError `usage` for agents of several repositories.
 */
export async function judge(
  fleet: Fleet,
  field: readonly AgentEntry[],
  { test: line, into }: Race,
  testing: typeof testEverywhere = testEverywhere,
): Promise<Judged> {
  const root = field[0]?.repo;
  if (root === undefined || field.some(({ repo }) => repo !== root)) {
    throw new FleetError("usage", "a race is between agents of one repository", { hint: "see fleet pick --help" });
  }
  const options = { words: [], line, again: false };
  const isTested = line !== undefined || settingsFor(fleet, root).test_command !== "";
  const test = isTested ? testCommand(fleet, root, options) : undefined;
  const since = new Date();
  if (test !== undefined) warnOfUntested(fleet, (await testing(fleet, field, options)).unseen);
  else await fetchField(fleet, field);
  const { attempts } = await compareAgents(fleet, root, field, { test, into });
  return { attempts, test, since };
}

async function fetchField(fleet: Fleet, field: readonly AgentEntry[]): Promise<void> {
  const { away } = parted(fleet, field);
  if (away.length === 0) return;
  const { failureLine, fetchAll } = await import("./across/fetch-chosen.ts");
  const { failures } = await fetchAll(fleet, away);
  for (const failure of failures) fleet.report({ kind: "warning", text: failureLine(failure) });
}

/** Merges the winner and ends the others. Throws FleetError `failed` when nobody can be taken; nothing is changed then. */
export async function take(
  fleet: Fleet,
  field: readonly AgentEntry[],
  { attempts, test, since }: Judged,
  race: Race,
): Promise<Decided> {
  const winner = winnerOf(attempts, race);
  const { branch } = winner.entry;
  requireFetched(
    fleet,
    winner.entry,
    since,
    `; to take what was fetched last, run fleet merge ${shellWord(branch)} --commit`,
  );
  const reason = reasonFor(attempts, winner);
  const losers = {
    entries: race.keep === true ? [] : field.filter(({ id }) => id !== winner.entry.id),
    end: (entries: readonly AgentEntry[]) => killEverywhere(fleet, entries),
  };
  if (race.pr === true) {
    const { into, message, draft = false, reviewers = [], labels = [] } = race;
    const options = { into, message, stage: draft ? "draft" : undefined, reviewers, labels } as const;
    return { winner, reason, picked: await publishWinner(fleet, winner, losers, options) };
  }
  const merging = { into: race.into, mode: "squash", message: race.message, test } as const;
  return { winner, reason, picked: await pickWinner(fleet, winner, losers, merging) };
}

function winnerOf(attempts: readonly Attempt[], { named, untested }: Race): Attempt {
  if (named === undefined) return bestOf(attempts, untested);
  const attempt = attempts.find(({ entry }) => entry.id === named.id);
  if (attempt === undefined) {
    throw new FleetError("failed", `${named.branch} cannot be looked at`, { hint: "to see why, run fleet compare" });
  }
  // Whoever names the winner knows what they take, but for tests that failed and conflicts.
  requireTakeable(attempt, { untested: true });
  return attempt;
}

function reasonFor(attempts: readonly Attempt[], winner: Attempt): string {
  const [first, ...others] = attempts;
  if (others.length === 0) return `${winner.entry.branch} was the only one.`;
  if (first !== winner || asGoodAs(winner, attempts).length > 1) return `${winner.entry.branch} was chosen by name.`;
  return whyFirst([first, ...others]);
}

function winnerAsJson({ taken }: Picked): PickAnswer["winner"] {
  if ("merge" in taken) return mergeAsJson(taken.merge);
  return { ...taken.pull.entry, pull_request: pullAsJson(taken.pull.record) };
}

/** What of taking the winner could not be done, though it is taken: people that were not asked, labels that are not there. */
export function shortfallOf({ taken }: Picked): FleetError | undefined {
  return "pull" in taken ? taken.pull.shortfall : undefined;
}

/** How a race ended, as it is answered. */
export function pickAnswer({ winner, reason, picked }: Decided): PickAnswer {
  const kept = picked.ended.filter((result) => result.ended === false);
  const shortfall = shortfallOf(picked);
  return {
    winner: winnerAsJson(picked),
    reason,
    agents: picked.ended.map(({ entry, ended }) => ({ ...entry, outcome: ended === false ? "kept" : "ended" })),
    failures: [
      ...(shortfall === undefined ? [] : [agentFailure(winner.entry.branch, shortfall)]),
      ...kept.map(({ entry, why, hint }) => agentFailure(entry.branch, { kind: "kept", message: why, hint })),
    ],
  };
}
