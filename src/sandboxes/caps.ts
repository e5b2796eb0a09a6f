import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { cores, memoryBytes, type SandboxSettings } from "../model/sandbox.ts";
import { type Controller, type GroupParent, groupParents, readIfThere } from "../system/cgroups.ts";
import type { Environment } from "../system/environment.ts";
import { exists } from "../system/files.ts";
import type { SandboxCheck } from "./sandbox.ts";
import { sliceManager } from "./slices.ts";

/** The most that an agent may use at a time; what is absent has no limit. */
export type Caps = Pick<SandboxSettings, "memory_limit" | "cpu_limit" | "pids_limit">;

const periodMicroseconds = 100_000;

/** How long whoever makes groups, systemd or an engine, may take until the kernel keeps an agent to its caps: either may have much to do. */
export const cappingMilliseconds = 20_000;

/** Whether an agent has any of the caps. */
export function hasCaps(caps: Caps | undefined): caps is Caps {
  return caps?.memory_limit !== undefined || caps?.cpu_limit !== undefined || caps?.pids_limit !== undefined;
}

/** Which caps can be kept on this machine, and by what, or what is missing for it. */
export function checkCaps(environment: Environment): SandboxCheck {
  if (process.platform !== "linux") return { works: false, finding: "need Linux", remedy: undefined };
  const slices = sliceManager(environment);
  if (slices !== undefined && [...names.keys()].every((name) => slices.controllers.includes(name))) {
    return { works: true, finding: "memory, cores and processes, by slices of systemd", remedy: undefined };
  }
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

/** What has to be there for caps. */
export function wantedControllers({ memory_limit, cpu_limit, pids_limit }: Caps): Controller[] {
  return [
    ...(memory_limit === undefined ? [] : (["memory"] as const)),
    ...(cpu_limit === undefined ? [] : (["cpu"] as const)),
    ...(pids_limit === undefined ? [] : (["pids"] as const)),
  ];
}

/** Whether the kernel keeps groups that somebody else has made to caps. */
export function keepsCaps(groups: readonly GroupParent[], caps: Caps): boolean {
  return wantedControllers(caps).every((controller) => {
    const group = groups.find(({ controllers }) => controllers.includes(controller));
    const settings = group === undefined ? [] : settingsOf(group.version, controller, caps);
    const found = settings.filter(({ file }) => !file.includes("sw") || exists(join(group?.directory ?? "", file)));
    return (
      found.length > 0 &&
      found.every(({ file, text, least }) => isKept(readIfThere(join(group?.directory ?? "", file)) ?? "", text, least))
    );
  });
}

/** What is written to a file of a group, and read back. */
export interface GroupSetting {
  readonly file: string;
  readonly text: string;
  /** The kernel rounds down to its pages. */
  readonly least?: number;
}

/** What is written to the files of a group for one kind of cap. Memory with swap has the same limit: else what does not fit would go there. */
export function settingsOf(version: 1 | 2, controller: Controller, caps: Caps): GroupSetting[] {
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

/** Whether what a group has is what was asked for. */
export function isKept(found: string, wanted: string, least: number | undefined): boolean {
  const text = found.trim();
  return text === wanted || (least !== undefined && Number(text) <= Number(wanted) && Number(text) >= least);
}

/** What is thrown when something cannot be capped. */
export function cannotCap(controller: Controller, cause?: unknown): FleetError {
  const name = names.get(controller) ?? controller;
  return new FleetError("failed", `the ${name} of an agent cannot be capped on this machine`, {
    cause,
    hint: "to see why, run fleet doctor; to start it without, leave out --memory, --cpus and --pids, and the limits in the configuration",
  });
}
