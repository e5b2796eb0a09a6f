import { isContainer } from "../model/sandbox.ts";
import {
  type CappedGroups,
  capWords,
  endedForMemory,
  isInGroups,
  makeCappedGroups,
  membersOf,
  memoryEndsIn,
  removeCappedGroups,
} from "../sandboxes/capped-groups.ts";
import { cappingMilliseconds, hasCaps } from "../sandboxes/caps.ts";
import { isSlice } from "../sandboxes/slices.ts";
import type { AgentEntry } from "../state/entry.ts";
import { parsedJson } from "../state/json.ts";
import type { AgentFiles } from "../state/places.ts";
import type { Environment } from "../system/environment.ts";
import { exists, readTextIfExists, readUntrusted, removeTree, writePrivateFile } from "../system/files.ts";
import { poll } from "../system/poll.ts";

/** The groups of an agent with caps, and what was seen in them before they were removed. */
export interface KeptGroups extends CappedGroups {
  readonly memory_ends: number;
  /** An engine has made them, and removes them with the container. */
  readonly container?: boolean;
  /** The first process of a container without groups. */
  readonly first?: Numbered | undefined;
}

/** A process, by its number and when it was started, in clock ticks since boot: numbers are given anew. */
interface Numbered {
  readonly pid: number;
  readonly start: string;
}

/** The groups of an agent; `undefined` for one without caps. */
function groupsOf({ caps }: Pick<AgentFiles, "caps">): KeptGroups | undefined {
  const value = parsedJson(readTextIfExists(caps) ?? "") as Partial<KeptGroups> | null | undefined;
  const { version, directories, memory_ends: ends, container, first } = value ?? {};
  const isWhole = (version === 1 || version === 2) && Array.isArray(directories);
  if (!isWhole || !directories.every((path) => typeof path === "string" && path.startsWith("/"))) return undefined;
  const known = typeof first?.pid === "number" && typeof first.start === "string" ? first : undefined;
  return {
    version,
    directories,
    memory_ends: typeof ends === "number" ? ends : 0,
    container: container === true,
    first: known,
  };
}

/** Keeps in mind which groups an agent is in. */
export function keepGroups({ caps }: AgentFiles, groups: KeptGroups): void {
  writePrivateFile(caps, `${JSON.stringify(groups)}\n`);
}

/**
 * Makes the groups in which the kernel keeps an agent to its caps, for a new start of it, and returns the words that put a command line
 * into them; none for an agent without. Throws FleetError `failed` when a cap cannot be kept here.
 */
export async function prepareCaps(
  { id, sandbox }: AgentEntry,
  files: AgentFiles,
  environment: Environment,
): Promise<readonly string[]> {
  removeTree(files.memorySeen);
  removeTree(files.caps);
  removeTree(files.memoryReport);
  // An engine makes the groups of a container, which may have ended before anybody sees them.
  if (isContainer(sandbox)) keepGroups(files, { version: 2, directories: [], memory_ends: 0, container: true });
  return joinCaps({ id, sandbox }, files, environment);
}

/**
 * The words that put a command line into the groups of an agent, for something that runs beside it or while it is stopped: what its groups
 * have told so far stays.
 */
export async function joinCaps(
  { id, sandbox }: Capped,
  files: AgentFiles,
  environment: Environment,
): Promise<readonly string[]> {
  if (!hasCaps(sandbox) || isContainer(sandbox)) return [];
  const groups = await makeCappedGroups(id, sandbox, environment);
  keepGroups(files, { ...groups, memory_ends: groupsOf(files)?.memory_ends ?? 0 });
  return capWords(groups, environment);
}

interface Capped {
  readonly id: string;
  readonly sandbox?: AgentEntry["sandbox"] | undefined;
}

/** The processes in the groups of an agent: what is in there is its own, wherever it went and whatever it forgot. */
export function cappedProcesses(files: AgentFiles): ReadonlySet<number> {
  const groups = groupsOf(files);
  return groups === undefined ? new Set() : membersOf(groups);
}

/** The first process of an agent's container that has no groups of its own. */
export function firstInContainer(files: AgentFiles): Numbered | undefined {
  return groupsOf(files)?.first;
}

/** How an agent came into its groups: the kernel keeps it to its caps, or does not, or it has ended already. */
export type CappingOutcome = "kept" | "uncapped" | "ended";

/**
 * Waits until the kernel has an agent, which is this process, in its groups: it writes down its process id before it joins them. One without
 * caps is kept to all that it has. Throws when cancelled.
 */
export async function awaitCaps(files: AgentFiles, pid: number, cancelled: AbortSignal): Promise<CappingOutcome> {
  const groups = groupsOf(files);
  if (groups === undefined) return "kept";
  const options = { every: 5, deadline: performance.now() + cappingMilliseconds, cancelled };
  const outcome = await poll(options, (): CappingOutcome | undefined => {
    if (isInGroups(pid, groups)) return "kept";
    return exists(`/proc/${pid}`) ? undefined : "ended";
  });
  return outcome ?? "uncapped";
}

/** Whether somebody else has ended the slice of an agent, with all that ran in it: it stays until fleet removes it. */
export function lostItsSlice(files: AgentFiles): boolean {
  return groupsOf(files)?.directories.some((directory) => isSlice(directory) && !exists(directory)) === true;
}

/** How long what was ended a moment ago may take to leave. */
const leavingMilliseconds = 1000;

/** Removes the groups of an agent and keeps what they tell of its end. Those in which the agent, or something else, still runs stay. */
export async function releaseCaps(files: AgentFiles, environment: Environment): Promise<void> {
  const groups = groupsOf(files);
  if (groups === undefined) return;
  if (groups.container === true) {
    keepGroups(files, { version: groups.version, directories: [], memory_ends: memoryEnds(files) });
    return;
  }
  if (membersOf(groups).has(Number(readTextIfExists(files.pid) ?? 0))) return;
  const ends = memoryEnds(files);
  const options = {
    every: 20,
    deadline: performance.now() + leavingMilliseconds,
    cancelled: new AbortController().signal,
  };
  const gone = await poll(options, async () => (await removeCappedGroups(groups, environment)) || undefined);
  if (gone === true) keepGroups(files, { version: groups.version, directories: [], memory_ends: ends });
}

const longestReport = 10_000;

/** How many processes of an agent the kernel has ended since its start for want of memory. */
function memoryEnds(files: AgentFiles): number {
  const groups = groupsOf(files);
  if (groups === undefined) return 0;
  const told = groups.container === true ? memoryEndsIn(readUntrusted(files.memoryReport, longestReport) ?? "") : 0;
  return groups.memory_ends + Math.max(told, endedForMemory(groups));
}

/** Adds what a container beside that of an agent has reported of its memory. */
export function addMemoryEnds(files: AgentFiles, report: string): void {
  const ends = memoryEndsIn(readUntrusted(report, longestReport) ?? "");
  const groups = groupsOf(files);
  if (ends > 0 && groups !== undefined) keepGroups(files, { ...groups, memory_ends: groups.memory_ends + ends });
}

/** Whether the kernel has ended something of an agent for want of memory since it was given its last prompt. */
export function isOutOfMemory(files: AgentFiles): boolean {
  return memoryEnds(files) > (Number(readTextIfExists(files.memorySeen) ?? 0) || 0);
}

/** A new prompt is a new try: what was ended before it is no news any more. */
export function noteMemoryEnds(files: AgentFiles): void {
  const ends = memoryEnds(files);
  if (ends > 0) writePrivateFile(files.memorySeen, String(ends));
}
