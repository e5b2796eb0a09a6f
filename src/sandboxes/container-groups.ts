import { dirname } from "node:path";
import { type GroupParent, groupsOfProcess, groupsTextOf } from "../system/cgroups.ts";
import { processIdsInProc } from "../system/processes/proc.ts";
import type { CappedGroups } from "./capped-groups.ts";
import { type Caps, keepsCaps } from "./caps.ts";

/** The groups of a container, by the processes in it. */
export interface ContainerGroups extends CappedGroups {
  /** Whether the kernel keeps the container to what was asked for. */
  readonly kept: boolean;
}

const containerId = /^[0-9a-f]{64}$/;

/**
 * Finds the groups in which an engine runs a container: they bear its id in their names, which nothing that runs inside can choose. A
 * process of the container is in them; the engine's own watchman is in another. `undefined` while nothing of it runs. Processes that are known to be `others` are not looked at.
 */
export function groupsOfContainer(id: string, caps: Caps, others?: ReadonlySet<number>): ContainerGroups | undefined {
  if (!containerId.test(id)) return undefined;
  const segment = new RegExp(`/(?:libpod-|docker-)?${id}(?:\\.scope)?(?:/|$)`, "m");
  const member = processIdsInProc().find((pid) => others?.has(pid) !== true && segment.test(groupsTextOf(pid)));
  const all = member === undefined ? [] : groupsOfProcess(member);
  // A controller that the engine does not use has everybody in one group.
  const groups = all.filter(({ directory }) => directory.includes(id));
  const [group] = groups;
  if (group === undefined) return undefined;
  return {
    version: group.version,
    directories: groups.map(({ directory }) => directory),
    kept: [groups, groups.map((found) => ownGroup(found, id))].some((of) => keepsCaps(of, caps)),
  };
}

/** Some runtimes run a container in a group below the one that has its limits; others (crun) give it to that one. */
function ownGroup(group: GroupParent, id: string): GroupParent {
  const { directory } = group;
  return directory.includes(id) && !(directory.split("/").at(-1) ?? "").includes(id)
    ? { ...group, directory: dirname(directory) }
    : group;
}
