import { statfsSync } from "node:fs";
import {
  availableParallelism,
  freemem,
  homedir,
  hostname,
  loadavg,
  release,
  totalmem,
  uptime,
  userInfo,
} from "node:os";
import { readTextIfExists } from "./files.ts";

/** What a program runs on, without anything that tells whose it is. */
export interface Machine {
  /** `Linux 6.18.0 x64` */
  readonly system: string;
  readonly processors: number;
  readonly memoryBytes: number;
}

const systems: Readonly<Record<string, string>> = { linux: "Linux", darwin: "macOS" };

/** The machine that this runs on. */
export function describeMachine(): Machine {
  return {
    system: `${systems[process.platform] ?? process.platform} ${release()} ${process.arch}`,
    processors: availableParallelism(),
    memoryBytes: totalmem(),
  };
}

/** How much of a machine is left for more programs. */
export interface MachineLoad {
  readonly processors: number;
  /** Programs that ran or waited to run, on average over the last minute. */
  readonly load: number;
  readonly memoryBytes: number;
  /** What programs can still get without anything being swapped out. */
  readonly memoryAvailable: number;
}

/** How much of this machine is left. */
export function machineLoad(): MachineLoad {
  const [load = 0] = loadavg();
  const [, kibibytes] = /^MemAvailable:\s+(\d+) kB$/m.exec(readTextIfExists("/proc/meminfo") ?? "") ?? [];
  return {
    processors: availableParallelism(),
    load,
    memoryBytes: totalmem(),
    memoryAvailable: kibibytes === undefined ? freemem() : Number(kibibytes) * 1024,
  };
}

/** By what this machine and its user are known. */
export function ownNames(): { readonly host: string; readonly user: string; readonly home: string } {
  return { host: hostname(), user: nameOfUser(), home: homedir() };
}

/** A user that is in no list of users has no name. */
function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}

/** How long the machine has run, suspended or not, in seconds: no correction of its clock changes that (proc_uptime(5)). */
export function secondsSinceBoot(): number {
  const seconds = Number.parseFloat(readTextIfExists("/proc/uptime") ?? "");
  return Number.isNaN(seconds) ? uptime() : seconds;
}

/** Types of file systems as statfs(2) of Linux has them, where they matter to git, locks or sockets. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0xef53, "ext"],
  [0x5846_5342, "xfs"],
  [0x9123_683e, "btrfs"],
  [0x2fc1_2fc1, "zfs"],
  [0x0102_1994, "tmpfs"],
  [0x794c_7630, "overlay"],
  [0x6969, "nfs"],
  [0xff53_4d42, "cifs"],
  [0xfe53_4d42, "smb"],
  [0x0102_1997, "9p"],
  [0x6573_5546, "fuse"],
]);

/** What kind of file system a path is on: its name, or the number of its type; `undefined` when there is no such path. */
export function fileSystemOf(path: string): string | undefined {
  try {
    const { type } = statfsSync(path);
    return fileSystems.get(type) ?? `type 0x${type.toString(16)}`;
  } catch {
    return undefined;
  }
}

/** Whether we, and so all that we start, run as root. */
export function isSuperuser(): boolean {
  return process.getuid?.() === 0;
}
