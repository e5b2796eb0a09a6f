import { join } from "node:path";
import {
  type Controller,
  type GroupParent,
  groupParents,
  groupsBelow,
  groupsTextOf,
  makeGroup,
  readIfThere,
  removeGroup,
  tryWrite,
} from "../system/cgroups.ts";
import type { Environment } from "../system/environment.ts";
import { exists, namesIn } from "../system/files.ts";
import { poll } from "../system/poll.ts";
import { type Caps, cannotCap, cappingMilliseconds, isKept, keepsCaps, settingsOf, wantedControllers } from "./caps.ts";
import {
  isSlice,
  type SliceManager,
  sliceDirectory,
  sliceManager,
  slicesRoot,
  sliceWords,
  startSlice,
  stopSlice,
} from "./slices.ts";

/** The groups in which the kernel keeps an agent to its caps. */
export interface CappedGroups {
  readonly version: 1 | 2;
  readonly directories: readonly string[];
}

/**
 * Makes the groups of an agent, as a slice where systemd makes them, else below the one that this process is in, whose own limits go on
 * counting; and reads back what the kernel keeps. Throws FleetError `failed` when a cap cannot be kept here; nothing is left then.
 */
export async function makeCappedGroups(id: string, caps: Caps, environment: Environment): Promise<CappedGroups> {
  const wanted = wantedControllers(caps);
  const slices = sliceManager(environment);
  if (slices !== undefined && wanted.every((name) => slices.controllers.includes(name))) {
    return makeCappedSlice(slices, id, caps, environment);
  }
  const parents = groupParents().filter(({ controllers }) => controllers.some((name) => wanted.includes(name)));
  const missing = wanted.find((name) => !parents.some(({ controllers }) => controllers.includes(name)));
  if (missing !== undefined) throw cannotCap(missing);
  const groups: CappedGroups = {
    version: parents[0]?.version ?? 2,
    directories: parents.map(({ directory }) => join(directory, `fleet-${id}`)),
  };
  try {
    for (const parent of parents) makeOne(parent, id, caps, wanted);
  } catch (error) {
    for (const directory of groups.directories) removeGroup(directory);
    throw error;
  }
  return groups;
}

async function makeCappedSlice(
  slices: SliceManager,
  id: string,
  caps: Caps,
  environment: Environment,
): Promise<CappedGroups> {
  const directory = sliceDirectory(slices, id);
  const groups: CappedGroups = { version: 2, directories: [directory] };
  if (!exists(directory)) await startSlice(slices, id, caps, environment);
  // systemd answers before it has made a slice.
  const options = {
    every: 5,
    deadline: performance.now() + cappingMilliseconds,
    cancelled: new AbortController().signal,
  };
  const group = { version: 2, directory, controllers: slices.controllers } as const;
  const kept = await poll(options, () => keepsCaps([group], caps) || undefined);
  if (kept === true) return groups;
  await removeCappedGroups(groups, environment);
  throw cannotCap(wantedControllers(caps)[0] ?? "memory");
}

/** Groups of agents in which nothing runs any more, by the ids of the agents; those of other fleets are among them. */
export function emptyGroups(environment: Environment): Map<string, string[]> {
  const slices = sliceManager(environment);
  const places = [
    ...groupParents().map(({ directory }) => directory),
    ...(slices === undefined ? [] : [slicesRoot(slices)]),
  ];
  const found = [...new Set(places)].flatMap((directory) =>
    namesIn(directory).flatMap((name) => {
      const id = /^fleet-(?<id>[0-9a-f]{8})(?:\.slice)?$/.exec(name)?.groups?.id;
      const group = join(directory, name);
      return id !== undefined && processesIn(group).length === 0 ? [{ id, group }] : [];
    }),
  );
  return new Map([...Map.groupBy(found, ({ id }) => id)].map(([id, of]) => [id, of.map(({ group }) => group)]));
}

function makeOne(parent: GroupParent, id: string, caps: Caps, wanted: readonly Controller[]): void {
  const directory = join(parent.directory, `fleet-${id}`);
  try {
    makeGroup(parent, `fleet-${id}`);
  } catch (error) {
    throw cannotCap(wanted.find((name) => parent.controllers.includes(name)) ?? "memory", error);
  }
  for (const controller of wanted.filter((name) => parent.controllers.includes(name))) {
    for (const { file, text, least } of settingsOf(parent.version, controller, caps)) {
      const path = join(directory, file);
      // Kernels without the accounting of swap have no file for it.
      if (!exists(path) && file.includes("sw")) continue;
      tryWrite(path, text);
      if (!isKept(readIfThere(path) ?? "", text, least)) throw cannotCap(controller);
    }
  }
}

/** Joins the groups and becomes the command; a process that could not is no agent. */
const joining = [
  'while [ "$1" != -- ]; do',
  'echo $$ >"$1/cgroup.procs" || exit 125;',
  'shift; done; shift; exec "$@"',
].join(" ");

/** The words that go before a command line so that it runs in the groups, with all that it starts. */
export function capWords({ directories }: CappedGroups, environment: Environment): readonly string[] {
  const [slice] = directories.filter(isSlice);
  const slices = slice === undefined ? undefined : sliceManager(environment);
  if (slice !== undefined && slices !== undefined) return sliceWords(slices, slice);
  return ["/bin/sh", "-c", joining, "fleet-caps", ...directories, "--"];
}

/** Removes the groups; those that something still runs in stay. Whether all are gone. */
export async function removeCappedGroups({ directories }: CappedGroups, environment: Environment): Promise<boolean> {
  const gone = await Promise.all(
    directories.map(async (directory) => {
      if (!isSlice(directory)) return removeGroup(directory);
      const slices = sliceManager(environment);
      if (!exists(directory)) return true;
      if (slices === undefined || processesIn(directory).length > 0) return false;
      await stopSlice(slices, directory, environment);
      return !exists(directory);
    }),
  );
  return gone.every(Boolean);
}

/** How many processes the kernel has ended since the start because the memory was used up. */
export function endedForMemory({ version, directories }: CappedGroups): number {
  const file = version === 1 ? "memory.oom_control" : "memory.events";
  const counts = directories.map((directory) => memoryEndsIn(readIfThere(join(directory, file)) ?? ""));
  return counts.reduce((total, count) => total + count, 0);
}

/** How many processes were ended for memory, in the text of `memory.events` or `memory.oom_control`. */
export function memoryEndsIn(text: string): number {
  return Number(/^oom_kill (\d{1,9})$/m.exec(text)?.[1] ?? 0);
}

/** The processes in the groups, whatever they have made of themselves. */
export function membersOf({ directories }: CappedGroups): Set<number> {
  return new Set(directories.flatMap(processesIn));
}

/** Processes are not in a slice itself, but in its scopes. */
function processesIn(directory: string): number[] {
  const groups = isSlice(directory) ? groupsBelow(directory) : [directory];
  const texts = groups.map((group) => readIfThere(join(group, "cgroup.procs")) ?? "");
  return texts.flatMap((text) => text.split("\n").filter(Boolean).map(Number));
}

/** Whether a process is in all of the groups, by what the kernel says of it. */
export function isInGroups(pid: number, { directories }: CappedGroups): boolean {
  const text = groupsTextOf(pid);
  return directories.every((directory) => text.includes(`/${directory.split("/").at(-1)}`));
}
