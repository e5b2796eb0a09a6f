import { killEverywhere } from "../api/kill.ts";
import { FleetError } from "../errors.ts";
import { type Fleet, gitIn } from "../fleet/fleet.ts";
import { commitUnsaved } from "../fleet/worktree/commit-unsaved.ts";
import { takeInWork } from "../fleet/worktree/taken.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { savedRef } from "../state/refs.ts";
import { isRealDirectory } from "../system/files.ts";
import { commitsAhead } from "../system/git/changes.ts";
import { git } from "../system/git/command.ts";
import { checkedOut } from "../system/git/content.ts";
import type { Application } from "./application.ts";

/** What is to become of the work of an agent that was waited for. */
export interface WorkOptions {
  readonly remove: boolean;
  readonly commitMessage: string | undefined;
  readonly push: boolean;
}

/** What became of the work of an agent. */
export interface SettledWork {
  /** All that was asked for was done. */
  readonly well: boolean;
  /** Null when nobody could look. */
  readonly state: {
    readonly branch: string;
    readonly commits: number;
    /** Files in no commit. */
    readonly unsaved: number;
    readonly pushed: boolean;
    /** The agent was ended, and its branch deleted because nothing was on it. */
    readonly ended: boolean;
    readonly branch_deleted: boolean;
    /** The ref with what was saved apart of it. */
    readonly saved_ref: string | null;
  } | null;
}

/** A push may wait for a network; what takes longer than this hangs. */
const pushMilliseconds = 300_000;

/** The work of an agent when all was done with it that is to be done before it may go. */
interface Done {
  /** Absent when nobody could look. */
  readonly found?: Found;
  readonly problem?: FleetError | undefined;
}

/**
 * Commits, pushes and ends as was asked, and says what became of the work. An agent with something in no commit is not ended: its saved work
 * would be gone with a machine that is thrown away.
 */
export async function settleWork(
  application: Application,
  fleet: Fleet,
  entry: AgentEntry,
  options: WorkOptions,
): Promise<SettledWork> {
  await takeInWork(fleet, [entry]);
  const { commitMessage } = options;
  const committing =
    commitMessage === undefined ? undefined : await failureOf(() => commitUnsaved(fleet, entry, commitMessage));
  const found = await lookAt(fleet, entry);
  const problem = committing ?? (options.push ? await push(fleet, entry) : undefined);
  return conclude(application, fleet, entry, options, { found, problem });
}

/** Does what `settleWork` does for agents on other machines; the results are by their ids. */
export async function settleWorkAway(
  application: Application,
  fleet: Fleet,
  away: readonly AwayAgent[],
  options: WorkOptions,
): Promise<ReadonlyMap<string, SettledWork>> {
  const { settleAway } = await import("../api/across/settle.ts");
  const done = await settleAway(fleet, away, options);
  const settled = new Map<string, SettledWork>();
  for (const { entry } of away) {
    settled.set(entry.id, await conclude(application, fleet, entry, options, done.get(entry.id) ?? {}));
  }
  return settled;
}

/** Says what there is of the work, and ends the agent where that was asked for and nothing would be lost by it. */
async function conclude(
  application: Application,
  fleet: Fleet,
  entry: AgentEntry,
  options: WorkOptions,
  { found, problem }: Done,
): Promise<SettledWork> {
  const { narration } = application;
  if (problem !== undefined) narration.failure(entry.branch, problem);
  if (found === undefined) {
    if (options.remove) narration.note(`${entry.branch} is kept`);
    return { well: false, state: null };
  }
  const state = { branch: entry.branch, ...found, pushed: options.push && problem === undefined };
  const kept = { ...state, ended: false, branch_deleted: false, saved_ref: null };
  if (!options.remove) {
    if (found.commits + found.unsaved > 0) narration.note(`${entry.branch}: ${counts(found)}`);
    return { well: problem === undefined, state: kept };
  }
  if (found.unsaved > 0 || problem !== undefined) {
    narration.note(`${entry.branch} is kept: ${counts(found)}${found.unsaved > 0 ? wayOut : ""}`);
    return { well: false, state: kept };
  }
  return end(application, fleet, entry, kept);
}

async function end(
  { narration }: Application,
  fleet: Fleet,
  entry: AgentEntry,
  kept: NonNullable<SettledWork["state"]>,
): Promise<SettledWork> {
  const [result] = await killEverywhere(fleet, [entry]);
  if (result?.ended !== true) {
    narration.note(`${entry.branch} is kept${result?.ended === false ? `: ${result.why}` : ""}`);
    return { well: false, state: kept };
  }
  if (kept.commits > 0) narration.note(`${entry.branch}: ${counts(kept)} on its branch`);
  const saved = result.ending.saved === null ? null : savedRef(entry.id);
  return { well: true, state: { ...kept, ended: true, branch_deleted: result.branch.deleted, saved_ref: saved } };
}

const wayOut = "; to put that on the branch, add --commit; to end it all the same, run fleet kill";

interface Found {
  readonly commits: number;
  readonly unsaved: number;
}

function counts({ commits, unsaved }: Found): string {
  const words = [
    `${commits} commit${commits === 1 ? "" : "s"}`,
    ...(unsaved === 0 ? [] : [`${unsaved} file${unsaved === 1 ? "" : "s"} in no commit`]),
  ];
  return words.join(", ");
}

async function lookAt(fleet: Fleet, entry: AgentEntry): Promise<Found> {
  const place = gitIn(fleet, entry);
  if (!isRealDirectory(entry.worktree)) return { commits: 0, unsaved: 0 };
  const { head, unsaved } = await checkedOut(place);
  if (head === undefined) return { commits: 0, unsaved };
  const progress = { tip: head, base: entry.base };
  const ahead = await commitsAhead(place, [progress]);
  return { commits: ahead(progress).commits, unsaved };
}

/** What was done is told with what could not be: the reply of the agent comes in any case. */
async function failureOf(work: () => Promise<unknown>): Promise<FleetError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof FleetError) return error;
    throw error;
  }
}

/** What is checked out, under the name of the branch; never forced: what others have on a branch of this name stays. */
async function push(fleet: Fleet, entry: AgentEntry): Promise<FleetError | undefined> {
  const args = ["push", "--quiet", "--", "origin", `HEAD:refs/heads/${entry.branch}`];
  return failureOf(() => git(gitIn(fleet, entry), args, { timeoutMilliseconds: pushMilliseconds }));
}
