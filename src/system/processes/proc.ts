import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ProcessInfo, ProcessTable } from "./process.ts";

/** USER_HZ: a constant of the kernel's interface on every platform Bun supports (see proc(5), getconf CLK_TCK). */
const ticksPerSecond = 100;
/** AT_PAGESZ of getauxval(3). */
const pageSizeKey = 6;
const ordinaryPageBytes = 4096;

/** The process table from /proc. Synchronous reads are as fast as asynchronous ones here, and far simpler. */
export function readProc(): ProcessTable {
  const table = new Map<number, ProcessInfo>();
  for (const pid of processIdsInProc()) {
    const info = readStat(pid);
    if (info !== undefined) table.set(pid, info);
  }
  return table;
}

/** The parent of a process that runs, or is a zombie; `undefined` when there is no such process. */
export function parentInProc(pid: number): number | undefined {
  return readStat(pid)?.parent;
}

/** The start times of processes, in clock ticks since boot, of those that run. */
export function startsInProc(pids: readonly number[]): Map<number, string> {
  const running = pids.map(readStat).filter((info) => info !== undefined);
  return new Map(running.filter(({ zombie }) => !zombie).map(({ pid, start }) => [pid, start]));
}

/** The environment that a process was started with; `undefined` when it cannot be read, as on systems without /proc. */
export function environmentOf(pid: number): Map<string, string> | undefined {
  const text = readOrUndefined(`/proc/${pid}/environ`);
  if (text === undefined) return undefined;
  const pairs = text.split("\0").map((entry): [string, string] => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  return new Map(pairs);
}

/** The words that a process was started with; `undefined` when they cannot be read, as on systems without /proc. */
export function argumentsOf(pid: number): string[] | undefined {
  return readOrUndefined(`/proc/${pid}/cmdline`)?.split("\0").slice(0, -1);
}

/** The directory a process is in; `undefined` when it cannot be told, as on systems without /proc. */
export function workingDirectoryOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

/**
 * Who opened the terminal that we are on: the parent of the leader of its session. `undefined` when that cannot be told, as on systems
 * without /proc; 0 when the leader has ended, or we are on no terminal.
 */
export function openerOfTerminal(): number | undefined {
  const own = statFields("self");
  if (own === undefined) return undefined;
  const [session, terminal] = [Number(own[6 - 3]), Number(own[7 - 3])];
  return terminal === 0 ? 0 : Number(statFields(session)?.[4 - 3] ?? 0);
}

/** What a process calls itself: in a namespace of process ids that is another number than outside. */
export function innerProcessId(pid: number): number {
  const line = readOrUndefined(`/proc/${pid}/status`)?.match(/^NSpid:\s+(.+)$/m)?.[1];
  return Number(line?.trim().split(/\s+/).at(-1) ?? pid);
}

/**
 * The value of a variable in the environment of each of these processes, `undefined` where it is not set. Those whose environment cannot be
 * read now are left out: those of other users, which are never ours, and those of the kernel.
 */
export function variableInProc(name: string, pids: Iterable<number>): Map<number, string | undefined> {
  const values = new Map<number, string | undefined>();
  for (const pid of pids) {
    const environment = readOrUndefined(`/proc/${pid}/environ`) ?? "";
    if (environment !== "") values.set(pid, assignedIn(environment, name));
  }
  return values;
}

/** Environments are long and most have no such variable, so none is taken apart. */
function assignedIn(environment: string, name: string): string | undefined {
  const assignment = `\0${name}=`;
  const at = environment.startsWith(assignment.slice(1)) ? -1 : environment.indexOf(assignment);
  if (at < 0 && !environment.startsWith(assignment.slice(1))) return undefined;
  const begin = at + assignment.length;
  const end = environment.indexOf("\0", begin);
  return environment.slice(begin, end < 0 ? environment.length : end);
}

/** The proportional set size of a process in bytes: its memory with shared pages divided among those who share them. */
export function proportionalMemory(pid: number): number | undefined {
  const kibibytes = readOrUndefined(`/proc/${pid}/smaps_rollup`)?.match(/^Pss:\s+(\d+)/m)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

let pageSize: number | undefined;

/** What the kernel told this process of its pages: 4 KiB on most machines, 16 or 64 on some with ARM. */
function pageBytes(): number {
  pageSize ??= auxiliaryValue(pageSizeKey) ?? ordinaryPageBytes;
  return pageSize;
}

/** A value of the auxiliary vector: pairs of a key and a value, each a word of a 64-bit machine. */
function auxiliaryValue(wanted: number): number | undefined {
  const text = readOrUndefined("/proc/self/auxv");
  if (text === undefined) return undefined;
  const words = new BigUint64Array(new Uint8Array(Buffer.from(text, "latin1")).buffer);
  const index = words.findIndex((word, position) => position % 2 === 0 && word === BigInt(wanted));
  return index < 0 ? undefined : Number(words[index + 1]);
}

/** The ids of all processes. */
export function processIdsInProc(): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);
}

/** The fields of proc(5) from the third, the state, on: the command before it may hold blanks and parentheses. */
function statFields(pid: number | "self"): string[] | undefined {
  const text = readOrUndefined(`/proc/${pid}/stat`);
  return text?.slice(text.lastIndexOf(")") + 2).split(" ");
}

/** Fields as numbered in proc(5). */
function readStat(pid: number): ProcessInfo | undefined {
  const text = readOrUndefined(`/proc/${pid}/stat`);
  return text === undefined ? undefined : new StatLine(pid, text);
}

/** A line of /proc/PID/stat. Of most processes of a machine only the parent is ever asked for, so the rest is not taken apart before. */
class StatLine implements ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  readonly zombie: boolean;
  readonly #text: string;
  readonly #nameEnd: number;
  #fields: readonly string[] | undefined;

  constructor(pid: number, text: string) {
    const nameEnd = text.lastIndexOf(")");
    const state = text[nameEnd + 2];
    this.pid = pid;
    this.parent = Number(text.slice(nameEnd + 4, text.indexOf(" ", nameEnd + 4)));
    this.zombie = state === "Z" || state === "X";
    this.#text = text;
    this.#nameEnd = nameEnd;
  }

  get name(): string {
    return this.#text.slice(this.#text.indexOf("(") + 1, this.#nameEnd);
  }

  /** Asked of all when an agent ends, so for this the line is not taken apart either. */
  get session(): number {
    const parentEnd = this.#text.indexOf(" ", this.#nameEnd + 4);
    const groupEnd = this.#text.indexOf(" ", parentEnd + 1);
    return Number(this.#text.slice(groupEnd + 1, this.#text.indexOf(" ", groupEnd + 1)));
  }

  get start(): string {
    return this.#field(22);
  }

  get cpuSeconds(): number {
    return [14, 15, 16, 17].reduce((ticks, number) => ticks + Number(this.#field(number)), 0) / ticksPerSecond;
  }

  get memoryBytes(): number {
    return Number(this.#field(24)) * pageBytes();
  }

  #field(number: number): string {
    this.#fields ??= this.#text.slice(this.#nameEnd + 2).split(" ");
    return this.#fields[number - 3] ?? "";
  }
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // It ended between the listing and this line, or belongs to somebody else.
    return undefined;
  }
}
