import { readFileSync, readlinkSync } from "node:fs";
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
}

/** The identity of a running process; `undefined` when there is none. */
export async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const start = (await processStarts([pid])).get(pid);
  return start === undefined ? undefined : { pid, start, boot: bootId(), namespace: pidNamespace() };
}

/** Whether the process runs. One of another pid namespace (a container on the same home) cannot be seen, and counts as running. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  if (identity.boot !== bootId()) return false;
  if (identity.namespace !== pidNamespace()) return true;
  return (await processStarts([identity.pid])).get(identity.pid) === identity.start;
}

/** macOS has neither: there the start of a process is a date, which no reboot repeats, and there are no pid namespaces. */
function bootId(): string {
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
