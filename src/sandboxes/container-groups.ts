import { dirname } from "node:path";
import { type GroupParent, groupsOfProcess, groupsTextOf } from "../system/cgroups.ts";
import { argumentsOf, innerProcessId, parentInProc, processIdsInProc } from "../system/processes/proc.ts";
import { type CappedGroups, membersOf } from "./capped-groups.ts";
import { type Caps, hasCaps, keepsCaps } from "./caps.ts";

/** The groups of a container, by the processes in it; none where its engine makes none. */
export interface ContainerGroups extends CappedGroups {
  /** Whether the kernel keeps the container to what was asked for. */
  readonly kept: boolean;
  /** Whether its first process has started another. */
  readonly started: boolean;
  /** Its first process, where it has no groups that it could be found by. */
  readonly first?: number;
}

const containerId = /^[0-9a-f]{64}$/;

/**
 * Finds the groups in which an engine runs a container: they bear its id in their names, which nothing that runs inside can choose. A
 * process of the container is in them; the engine's own watchman is in another. `undefined` while nothing of it runs. Processes that are
 * known to be `others` are not looked at.
 */
export function groupsOfContainer(id: string, caps: Caps, others?: ReadonlySet<number>): ContainerGroups | undefined {
  if (!containerId.test(id)) return undefined;
  const segment = new RegExp(`/(?:libpod-|docker-)?${id}(?:\\.scope)?(?:/|$)`, "m");
  const pids = processIdsInProc().filter((pid) => others?.has(pid) !== true);
  const member = pids.find((pid) => segment.test(groupsTextOf(pid)));
  const all = member === undefined ? [] : groupsOfProcess(member);
  // A controller that the engine does not use has everybody in one group.
  const groups = all.filter(({ directory }) => directory.includes(id));
  const [group] = groups;
  if (group === undefined) return withoutGroups(id, caps, pids);
  const directories = groups.map(({ directory }) => directory);
  return {
    version: group.version,
    directories,
    started: hasStarted([...membersOf({ version: group.version, directories })]),
    kept: [groups, groups.map((found) => ownGroup(found, id))].some((of) => keepsCaps(of, caps)),
  };
}

/**
 * Podman makes no groups in version 1 for a user who is not root, nor where it is told not to. Its watchman is called with the id of the
 * container, and is the parent of the first process there.
 */
function withoutGroups(id: string, caps: Caps, pids: readonly number[]): ContainerGroups | undefined {
  const watchmen = new Set(pids.filter((pid) => argumentsOf(pid)?.includes(id) === true));
  const below = pids.filter((pid) => watchmen.size > 0 && watchmen.has(parentInProc(pid) ?? 0));
  const first = below.find((pid) => innerProcessId(pid) === 1);
  if (first === undefined) return undefined;
  return { version: 2, directories: [], kept: !hasCaps(caps), started: hasStarted([first], pids), first };
}

/** Whether the first process of a container, which is one of these, has started the agent. */
function hasStarted(members: readonly number[], among: readonly number[] = members): boolean {
  const first = members.find((pid) => innerProcessId(pid) === 1);
  return first !== undefined && among.some((pid) => parentInProc(pid) === first);
}

/** Some runtimes run a container in a group below the one that has its limits; others (crun) give it to that one. */
function ownGroup(group: GroupParent, id: string): GroupParent {
  const { directory } = group;
  return directory.includes(id) && !(directory.split("/").at(-1) ?? "").includes(id)
    ? { ...group, directory: dirname(directory) }
    : group;
}
