import { readdirSync } from "node:fs";
import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { cores, memoryBytes, type SandboxSettings } from "../model/sandbox.ts";
import {
  type Controller,
  type GroupParent,
  groupParents,
  makeGroup,
  removeGroup,
  tryWrite,
} from "../system/cgroups.ts";
import { exists, readTextIfExists } from "../system/files.ts";
import type { SandboxCheck } from "./sandbox.ts";

/** The caps of an agent. */
export type Caps = Pick<SandboxSettings, "memory_limit" | "cpu_limit" | "pids_limit">;

/** The groups in which the kernel keeps an agent to its caps. */
export interface CappedGroups {
  readonly version: 1 | 2;
  readonly directories: readonly string[];
}

const periodMicroseconds = 100_000;

/** Whether anything is capped. */
export function hasCaps(caps: Caps | undefined): caps is Caps {
  return caps?.memory_limit !== undefined || caps?.cpu_limit !== undefined || caps?.pids_limit !== undefined;
}

/** Which caps can be kept here. */
export function checkCaps(): SandboxCheck {
  if (process.platform !== "linux") return { works: false, finding: "need Linux", remedy: undefined };
  const parents = groupParents();
  const known = new Set(parents.flatMap(({ controllers }) => controllers));
  const missing = [...names].filter(([controller]) => !known.has(controller)).map(([, name]) => name);
  if (missing.length === 0) {
    const versions = [...new Set(parents.map(({ version }) => `v${version}`))].join(" and ");
    return { works: true, finding: `memory, cores and processes, by cgroup ${versions}`, remedy: undefined };
  }
  return {
    works: false,
    finding: `${missing.join(", ")} cannot be capped: no cgroup that you may write to has ${missing.length === 1 ? "it" : "them"}`,
    remedy: "have the cgroup of your session delegated to you (systemd: Delegate=yes), or run fleet as root",
  };
}

const names: ReadonlyMap<Controller, string> = new Map([
  ["memory", "memory"],
  ["cpu", "cores"],
  ["pids", "processes"],
]);

/**
 * Makes the groups of an agent below the one that this process is in, whose own limits go on counting, and reads back what the kernel
 * keeps. Throws FleetError `failed` when a cap cannot be kept here; nothing is left then.
 */
export function makeCappedGroups(id: string, caps: Caps): CappedGroups {
  const wanted = wantedControllers(caps);
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
    removeCappedGroups(groups);
    throw error;
  }
  return groups;
}

/** Groups of agents in which nothing runs any more, by the ids of the agents; those of other fleets are among them. */
export function emptyGroups(): Map<string, string[]> {
  const found = groupParents().flatMap(({ directory }) =>
    readdirSync(directory).flatMap((name) => {
      const id = /^fleet-(?<id>[0-9a-f]{8})$/.exec(name)?.groups?.id;
      const group = join(directory, name);
      return id !== undefined && readTextIfExists(join(group, "cgroup.procs")) === "" ? [{ id, group }] : [];
    }),
  );
  return new Map([...Map.groupBy(found, ({ id }) => id)].map(([id, of]) => [id, of.map(({ group }) => group)]));
}

function wantedControllers({ memory_limit, cpu_limit, pids_limit }: Caps): Controller[] {
  return [
    ...(memory_limit === undefined ? [] : (["memory"] as const)),
    ...(cpu_limit === undefined ? [] : (["cpu"] as const)),
    ...(pids_limit === undefined ? [] : (["pids"] as const)),
  ];
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
      if (!isKept(readTextIfExists(path) ?? "", text, least)) throw cannotCap(controller);
    }
  }
}

/** Whether the kernel keeps groups that somebody else has made to caps. */
export function keepsCaps(groups: readonly GroupParent[], caps: Caps): boolean {
  return wantedControllers(caps).every((controller) => {
    const group = groups.find(({ controllers }) => controllers.includes(controller));
    const settings = group === undefined ? [] : settingsOf(group.version, controller, caps);
    const found = settings.filter(({ file }) => !file.includes("sw") || exists(join(group?.directory ?? "", file)));
    return (
      found.length > 0 &&
      found.every(({ file, text, least }) =>
        isKept(readTextIfExists(join(group?.directory ?? "", file)) ?? "", text, least),
      )
    );
  });
}

interface GroupSetting {
  readonly file: string;
  readonly text: string;
  /** The kernel rounds down to its pages. */
  readonly least?: number;
}

/** The same limit for memory with swap: else what does not fit would go there. */
function settingsOf(version: 1 | 2, controller: Controller, caps: Caps): GroupSetting[] {
  const bytes = memoryBytes(caps.memory_limit ?? "") ?? 0;
  const quota = Math.round((cores(caps.cpu_limit ?? "") ?? 0) * periodMicroseconds);
  switch (controller) {
    case "memory": {
      const limit = { text: String(bytes), least: bytes - 65_536 };
      if (version === 2)
        return [
          { file: "memory.max", ...limit },
          { file: "memory.swap.max", text: "0" },
        ];
      return [
        { file: "memory.limit_in_bytes", ...limit },
        { file: "memory.memsw.limit_in_bytes", ...limit },
      ];
    }
    case "cpu":
      if (version === 2) return [{ file: "cpu.max", text: `${quota} ${periodMicroseconds}` }];
      return [
        { file: "cpu.cfs_period_us", text: String(periodMicroseconds) },
        { file: "cpu.cfs_quota_us", text: String(quota) },
      ];
    case "pids":
      return [{ file: "pids.max", text: String(caps.pids_limit) }];
  }
}

function isKept(found: string, wanted: string, least: number | undefined): boolean {
  const text = found.trim();
  return text === wanted || (least !== undefined && Number(text) <= Number(wanted) && Number(text) >= least);
}

function cannotCap(controller: Controller, cause?: unknown): FleetError {
  const name = names.get(controller) ?? controller;
  return new FleetError("failed", `the ${name} of an agent cannot be capped on this machine`, {
    cause,
    hint: "to see why, run fleet doctor; to start it without, leave out --memory, --cpus and --pids, and the limits in the configuration",
  });
}

/** Joins the groups and becomes the command; a process that could not is no agent. */
const joining = [
  'while [ "$1" != -- ]; do',
  'echo $$ >"$1/cgroup.procs" || exit 125;',
  'shift; done; shift; exec "$@"',
].join(" ");

/** The words that go before a command line so that it runs in the groups, with all that it starts. */
export function capWords({ directories }: CappedGroups): readonly string[] {
  return ["/bin/sh", "-c", joining, "fleet-caps", ...directories, "--"];
}

/** Removes the groups; those that something still runs in stay. Whether all are gone. */
export function removeCappedGroups({ directories }: CappedGroups): boolean {
  return directories.map(removeGroup).every(Boolean);
}

/** How many processes the kernel has ended since the start because the memory was used up. */
export function endedForMemory({ version, directories }: CappedGroups): number {
  const file = version === 1 ? "memory.oom_control" : "memory.events";
  const counts = directories.map((directory) => memoryEndsIn(readTextIfExists(join(directory, file)) ?? ""));
  return counts.reduce((total, count) => total + count, 0);
}

/** The same number in the text of `memory.events` or `memory.oom_control`. */
export function memoryEndsIn(text: string): number {
  return Number(/^oom_kill (\d{1,9})$/m.exec(text)?.[1] ?? 0);
}

/** The processes in the groups, whatever they have made of themselves. */
export function membersOf({ directories }: CappedGroups): Set<number> {
  const texts = directories.map((directory) => readTextIfExists(join(directory, "cgroup.procs")) ?? "");
  return new Set(texts.flatMap((text) => text.split("\n").filter(Boolean).map(Number)));
}

/** Whether a process is in all of the groups, by what the kernel says of it. */
export function isInGroups(pid: number, { directories }: CappedGroups): boolean {
  const text = readTextIfExists(`/proc/${pid}/cgroup`) ?? "";
  return directories.every((directory) => text.includes(`/${directory.split("/").at(-1)}`));
}
