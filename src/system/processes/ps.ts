import { run } from "../exec.ts";
import type { ProcessInfo, ProcessTable } from "./process.ts";

/** `LC_ALL=C` keeps the date of `lstart` at five words; PATH is fixed because ps is part of every system. */
const environment = { LC_ALL: "C", PATH: "/usr/bin:/bin" };
const columns = "pid=,ppid=,lstart=,time=,rss=,stat=,comm=";

/** The process table from one `ps`, with the columns that macOS and Linux share. */
export async function readPs(): Promise<ProcessTable> {
  const { stdout } = await run(["ps", "-axo", columns], { environment });
  return parsePs(stdout);
}

/** The start times of processes as `ps` words them, of those that run. */
export async function startsInPs(pids: readonly number[]): Promise<Map<number, string>> {
  const { stdout } = await run(["ps", "-o", columns, "-p", pids.join(",")], { environment });
  const running = [...parsePs(stdout).values()].filter(({ zombie }) => !zombie);
  return new Map(running.map(({ pid, start }) => [pid, start]));
}

/** The value of a variable, which has no blanks, in the environment of each process that has it: `-E` of macOS, `e` of Linux. */
export async function variableInPs(name: string): Promise<Map<number, string>> {
  const flags = process.platform === "darwin" ? "-axEww" : "axeww";
  const { stdout } = await run(["ps", flags, "-o", "pid=,command="], { environment });
  const lines = stdout.split("\n").map((line) => [Number.parseInt(line, 10), valueIn(line, name)] as const);
  return new Map(lines.filter((entry): entry is readonly [number, string] => entry[1] !== undefined));
}

function valueIn(line: string, name: string): string | undefined {
  const start = line.lastIndexOf(` ${name}=`);
  return start < 0 ? undefined : line.slice(start + name.length + 2).split(" ", 1)[0];
}

/** Parses the output of `ps -axo pid=,ppid=,lstart=,time=,rss=,stat=,comm=`. */
export function parsePs(text: string): ProcessTable {
  const table = new Map<number, ProcessInfo>();
  for (const line of text.split("\n")) {
    const words = line.trim().split(/\s+/);
    if (words.length < 10) continue;
    const pid = Number(words[0]);
    table.set(pid, {
      pid,
      parent: Number(words[1]),
      start: words.slice(2, 7).join(" "),
      cpuSeconds: parseCpuTime(words[7] ?? ""),
      memoryBytes: Number(words[8]) * 1024,
      zombie: words[9]?.startsWith("Z") ?? false,
      name: words.slice(10).join(" ").split("/").at(-1) ?? "",
    });
  }
  return table;
}

/** `[[days-]hours:]minutes:seconds[.hundredths]` in seconds. */
function parseCpuTime(text: string): number {
  const [days, clock] = text.includes("-") ? text.split("-") : ["0", text];
  return (clock ?? "").split(":").reduce((total, part) => total * 60 + Number(part), 0) + Number(days) * 86_400;
}
