import { basename, join } from "node:path";
import { exists, isPathWithin, isRealDirectory, namesIn, readTextIfExists, replaceFile } from "../system/files.ts";
import { type AgentEntry, isTimestamp } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { agentFiles, isKeptAdmin, isTrashPlace, type StatePlaces, trashOwner, trashRoot } from "./places.ts";
import { readRecords } from "./records.ts";
import { isSteadyMoment, type SteadyMoment } from "./steady-clock.ts";

/** How an agent ended, and where what it had not committed is. */
export interface Ending {
  readonly v: 1;
  /** The kill command that ended it: what `restore --last` undoes together. */
  readonly operation: string;
  readonly ended_at: string;
  /** When it ended by a clock that nobody corrects; absent in what an earlier version wrote. */
  readonly steady?: SteadyMoment;
  /** What was checked out: a commit, and the branch it was on, if it was on one. */
  readonly head: string;
  readonly head_branch: string | null;
  /** That branch had no commit, or had been deleted; `head` is what was checked out before. */
  readonly unborn?: boolean;
  /** How many files were in no commit. */
  readonly unsaved: number;
  /** The snapshot of all that was in no commit; `null` when there was nothing. */
  readonly saved: string | null;
  /** The worktree itself, moved here as it was; `null` when it was gone already. It may be emptied since. */
  readonly tree: string | null;
  /** Git's directory of the worktree, moved away with it; absent in what an earlier version wrote. */
  readonly admin?: KeptAdmin | null;
  /** Git's directories of the worktrees that it had registered inside of this one, moved away with it. */
  readonly inner?: readonly KeptAdmin[];
  /** The snapshot does not hold all of the worktree: it lives on for as long as the agent can be brought back. */
  readonly partial?: boolean;
  /** Until when the worktree lives on as it was, if nothing in it keeps it for longer. */
  readonly whole_until?: string;
  /** The agent was running. */
  readonly running: boolean;
  /** Ignored files it had changed, kept beside its record. */
  readonly files: readonly string[];
  /** The unsaved files that the snapshot does not hold, because they are too large or git cannot name them: only the worktree has them. */
  readonly unheld?: Amount;
  /** What the user said of its branch: to keep it, to delete it, or nothing. Absent in what an earlier version wrote. */
  readonly branch_choice?: BranchChoice;
  /** Branches that it had made beside its own, and that went with it. */
  readonly branches?: readonly EndedBranch[];
}

/** What is to become of the branch of an agent that ends: `judge` deletes it when it holds nothing. */
export type BranchChoice = (typeof branchChoices)[number];

const branchChoices = ["judge", "keep", "delete"] as const;

/** How much there is of something. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** A branch that was deleted, and where it was. */
export interface EndedBranch {
  readonly name: string;
  readonly commit: string;
}

/** Git's directory of a worktree, out of the way. */
export interface KeptAdmin {
  /** What git called it: the last part of `.git/worktrees/NAME`. */
  readonly name: string;
  readonly place: string;
}

/** An agent that was killed and can be brought back. */
export interface EndedAgent {
  readonly entry: AgentEntry;
  readonly ending: Ending;
}

/** Writes down how an agent ended, before anything of it is taken away. */
export function writeEnding(places: StatePlaces, id: string, ending: Ending): void {
  replaceFile(agentFiles(places, id).ending, `${JSON.stringify(ending, null, 2)}\n`);
}

/** How one agent ended, if it was killed. */
export function readEnding(places: StatePlaces, id: string): Ending | undefined {
  const ending = parsedJson(readTextIfExists(agentFiles(places, id).ending) ?? "");
  return isEnding(ending, id) ? whereItIsNow(places, ending) : undefined;
}

/** The worktrees may have been moved since, with all that lies there: what was kept bears the id of its agent and goes by its own name. */
export function whereItIsNow(places: StatePlaces, ending: Ending): Ending {
  if (ending.tree === null || isRealDirectory(ending.tree)) return ending;
  const moved = join(places.worktreeRoot, basename(ending.tree));
  return isRealDirectory(moved) ? { ...ending, tree: moved } : ending;
}

/** The agents that were killed, the last first. */
export function endedAgents(places: StatePlaces): EndedAgent[] {
  return readRecords(places)
    .flatMap((entry) => {
      const ending = readEnding(places, entry.id);
      return ending === undefined ? [] : [{ entry, ending }];
    })
    .sort((a, b) => byEnd(b.ending, a.ending));
}

/** What of an ending says when it was. */
export type EndTime = Pick<Ending, "ended_at" | "steady">;

/** Puts endings into their order, the first first. The clock of the machine may have been set between two. */
export function byEnd(a: EndTime, b: EndTime): number {
  const shown = Date.parse(a.ended_at) - Date.parse(b.ended_at);
  if (a.steady === undefined || b.steady === undefined || a.steady.clock !== b.steady.clock) return shown;
  return a.steady.seconds - b.steady.seconds || shown;
}

/** How long ago an ending was, in milliseconds: of what is not known to have gone by nothing counts where there is a clock that tells. */
export function ageOf(
  { ended_at, steady }: EndTime,
  now: { readonly date: Date; readonly steady: SteadyMoment | undefined },
): number {
  const isTold = steady !== undefined && steady.clock === now.steady?.clock;
  return isTold ? (now.steady.seconds - steady.seconds) * 1000 : now.date.getTime() - Date.parse(ended_at);
}

/**
 * What waits in the trash of worktrees and can be deleted: neither kept for a restore nor of an agent whose files, though they are
 * there, do not say whether it is.
 */
export function deletableTrash(places: StatePlaces): string[] {
  const root = trashRoot(places);
  return namesIn(root)
    .map((name) => join(root, name))
    .filter((path) => {
      const id = trashOwner(basename(path));
      const ending = readEnding(places, id);
      const isTold = !exists(agentFiles(places, id).ending) || ending !== undefined;
      return isTold && ending?.tree !== path;
    });
}

const object = (value: unknown) => typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
const shapes: Readonly<Record<keyof Required<Ending>, (value: unknown, id: string) => boolean>> = {
  v: (value) => value === 1,
  operation: (value) => typeof value === "string",
  ended_at: isTimestamp,
  steady: (value) => value === undefined || isSteadyMoment(value),
  head: object,
  head_branch: (value) => value === null || typeof value === "string",
  unborn: (value) => value === undefined || typeof value === "boolean",
  unsaved: (value) => typeof value === "number" && Number.isSafeInteger(value) && value >= 0,
  saved: (value) => value === null || object(value),
  tree: (value, id) => value === null || (typeof value === "string" && isTrashPlace(value, id)),
  admin: (value, id) => value === undefined || value === null || isKept(value, id),
  inner: (value, id) => value === undefined || (Array.isArray(value) && value.every((each) => isKept(each, id))),
  whole_until: (value) => value === undefined || isTimestamp(value),
  partial: (value) => value === undefined || typeof value === "boolean",
  running: (value) => typeof value === "boolean",
  files: arePathsWithin,
  unheld: (value) => value === undefined || isAmount(value),
  branch_choice: (value) => value === undefined || branchChoices.some((choice) => choice === value),
  branches: (value) => value === undefined || (Array.isArray(value) && value.every(isEndedBranch)),
};

/** Whether a value is how the agent with this id ended, whole: what is moved and deleted follows from it. */
export function isEnding(value: unknown, id: string): value is Ending {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shapes).every(([key, fits]) => fits((value as Record<string, unknown>)[key], id));
}

function isKept(value: unknown, id: string): boolean {
  const { name, place } = (typeof value === "object" && value !== null ? value : {}) as Partial<KeptAdmin>;
  const isName = typeof name === "string" && name !== "" && name !== "." && name !== ".." && !name.includes("/");
  return isName && typeof place === "string" && isKeptAdmin(place, id);
}

function isAmount(value: unknown): boolean {
  const { files, bytes } = (value ?? {}) as Partial<Amount>;
  return [files, bytes].every((count) => Number.isSafeInteger(count) && Number(count) >= 0);
}

function isEndedBranch(value: unknown): boolean {
  const { name, commit } = (value ?? {}) as Partial<EndedBranch>;
  return typeof name === "string" && name !== "" && object(commit);
}

function arePathsWithin(value: unknown): boolean {
  return Array.isArray(value) && value.every((file) => typeof file === "string" && isPathWithin(file));
}
