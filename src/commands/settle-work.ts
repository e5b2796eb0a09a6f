import { killEverywhere } from "../api/kill.ts";
import { type KeptWork, keepWorkHere, type WorkFound, type WorkWanted } from "../api/work-to-keep.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { savedRef } from "../state/refs.ts";
import type { Application } from "./application.ts";

/** What is to become of the work of an agent that was waited for. */
export interface WorkOptions extends WorkWanted {
  /** It is ended then. */
  readonly remove: boolean;
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

interface Settling {
  readonly application: Application;
  readonly fleet: Fleet;
  readonly options: WorkOptions;
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
  return conclude({ application, fleet, options }, entry, await keepWorkHere(fleet, entry, options));
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
    settled.set(entry.id, await conclude({ application, fleet, options }, entry, done.get(entry.id) ?? {}));
  }
  return settled;
}

/** Says what there is of the work, and ends the agent where that was asked for and nothing would be lost by it. */
async function conclude(
  { application, fleet, options }: Settling,
  entry: AgentEntry,
  { found, problem }: KeptWork,
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

function counts({ commits, unsaved }: WorkFound): string {
  const words = [
    `${commits} commit${commits === 1 ? "" : "s"}`,
    ...(unsaved === 0 ? [] : [`${unsaved} file${unsaved === 1 ? "" : "s"} in no commit`]),
  ];
  return words.join(", ");
}
