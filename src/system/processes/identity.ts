import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { processStarts } from "./table.ts";

/**
 * Names one process for good: its id, its start, the boot it belongs to and the pid namespace that its id counts in. Written to
 * locks, journals and pid files, where it must still be true when it is read hours and reboots later.
 */
export interface ProcessIdentity {
  readonly pid: number;
  readonly start: string;
  readonly boot: string;
  readonly namespace: string;
  /** The machine it runs on. Absent in what an earlier version wrote. */
  readonly machine?: string;
  /** When this was written down, in milliseconds since the epoch. */
  readonly noted?: number;
}

/** The identity of a running process; `undefined` when there is none. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const start = (await processStarts([pid])).get(pid);
  if (start === undefined) return undefined;
  return { pid, start, boot: bootId(), namespace: pidNamespace(), machine: machineName(), noted: Date.now() };
}

/** Whether the process runs. One that cannot be seen from here counts as running. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (isOutOfSight(identity)) return true;
  if (identity.boot !== bootId()) return false;
  return (await processStarts([identity.pid])).get(identity.pid) === identity.start;
}

/**
 * Whether nobody here can tell if the process runs: it belongs to another machine on the same home (a shared disk), or to another pid
 * namespace (a container). Machines made from one image may have one name; what was noted after this machine had started, in another
 * boot, is of another one all the same.
 */
export function isOutOfSight({ machine, boot, namespace, noted }: ProcessIdentity): boolean {
  if (machine !== undefined && machine !== machineName()) return true;
  if (boot !== bootId()) return noted !== undefined && noted > bootedAt() + clockSlackMilliseconds;
  return namespace !== pidNamespace();
}

/** Whether a process that cannot be seen runs, or ran, on the kernel that we run on: in another container of this machine. */
export function isOfThisKernel({ machine, boot }: ProcessIdentity): boolean {
  return boot !== "" && boot === bootId() && machine === machineName();
}

/** The inode number of the pid namespace that a machine starts with: PROC_PID_INIT_INO of Linux. */
const firstNamespace = "pid:[4026531836]";

/** Whether we are in a pid namespace of a container: its processes cannot be seen from others, and may all end with it. */
export function isInContainer(): boolean {
  const namespace = pidNamespace();
  return namespace !== "" && namespace !== firstNamespace;
}

/** The clocks of two machines, and the start that a kernel works out, are not exact. */
const clockSlackMilliseconds = 2000;

/** When this machine started, in milliseconds since the epoch (`btime` of proc_stat(5)); never, where that is not told. */
function bootedAt(): number {
  const seconds = /^btime (\d+)$/m.exec(orEmpty(() => readFileSync("/proc/stat", "latin1")))?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}

/** What tells this machine from others: machine-id(5), which a change of the host name leaves alone, else that name. */
function machineName(): string {
  const id = orEmpty(() => readFileSync("/etc/machine-id", "latin1").trim());
  return id === "" ? hostname() : id.slice(0, 12);
}

/**
 * What tells one boot of this machine from the next. macOS has neither this nor pid namespaces: there the start of a process is a date,
 * which no reboot repeats.
 */
export function bootId(): string {
  return orEmpty(() => readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim());
}

function pidNamespace(): string {
  return orEmpty(() => readlinkSync("/proc/self/ns/pid"));
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}
