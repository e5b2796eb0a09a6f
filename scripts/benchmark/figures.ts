import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { filters } from "../building/archive.ts";
import { compileExecutable, hostTarget } from "../building/executable.ts";
import { compileHello } from "./hello.ts";
import { builtFleet, type Place } from "./place.ts";
import { processorShare } from "./processor-share.ts";
import { makeRepository } from "./repository.ts";

/** Something that is measured in another unit than that of time. */
export interface Figure {
  readonly label: string;
  readonly is: string;
  readonly aim: string;
}

/** What is measured once, by the name that `--only` takes. */
export const figures = {
  memory: memoryFigures,
  size: sizeFigures,
  "wait-100": waitFigures,
  "watch-100": watchFigures,
} as const satisfies Record<string, (place: Place) => Promise<readonly Figure[]>>;

const lookedAtSeconds = 30;
const peaksEach = 10;

/** The most memory that short commands have, and how much of it is not pages of files, which all that run share. */
async function memoryFigures(place: Place): Promise<readonly Figure[]> {
  const directory = await makeRepository(place, 20);
  await place.run([place.fleet, "fanout", "20", "told", "--agent", "demo", "-p", "work 0"], directory);
  const commands: Readonly<Record<string, readonly string[]>> = {
    "hello world, compiled alike": [await compileHello(place)],
    "git worktree list": ["git", "worktree", "list"],
    "fleet --version": [place.fleet, "--version"],
    "fleet path": [place.fleet, "path", "told-A1"],
    "fleet list, 20 agents": [place.fleet, "list"],
    "fleet create": [place.fleet, "create", "one-{}", "--agent", "demo"],
    "fleet kill": [place.fleet, "kill", "one-{}"],
    "fleet prompt, 1 agent": [place.fleet, "prompt", "told-A1", "-p", "work 0"],
    "fleet prompt, 20 agents": [place.fleet, "prompt", "told", "-p", "work 0"],
    "fleet fanout 5": [place.fleet, "fanout", "5", "batch-{}", "--agent", "demo", "-p", "work 0"],
  };
  const peaks = new Map(Object.keys(commands).map((label) => [label, [] as Peak[]]));
  for (let round = 0; round < peaksEach; round += 1) {
    for (const [label, words] of Object.entries(commands)) {
      await place.run([place.fleet, "wait", "told"], directory);
      const argv = words.map((word) => word.replace("{}", `${round}`));
      peaks.get(label)?.push(await peakOf(place, argv, directory));
    }
  }
  const aims: Readonly<Record<string, string>> = {
    "hello world, compiled alike": "",
    "git worktree list": "",
    "fleet --version": "24 MB",
  };
  return [...peaks].map(([label, runs]) => {
    // What is seen is never more than there was, but may be what there was a moment before the end.
    const [all, own] = [Math.max(...runs.map((run) => run.all)), Math.max(...runs.map((run) => run.own))];
    return {
      label: `peak of memory, ${label}`,
      is: `${all.toFixed(1)} MB, ${own.toFixed(1)} its own`,
      aim: aims[label] ?? "34 MB",
    };
  });
}

/** Megabytes that a program had at most, and those of them that no other has. */
interface Peak {
  readonly all: number;
  readonly own: number;
}

/**
 * VmHWM and RssAnon of proc_pid_status(5), read until the program has ended. What the kernel says of a child that has ended is no use: it
 * begins with what its parent had.
 */
async function peakOf(place: Place, argv: readonly string[], directory: string): Promise<Peak> {
  const child = place.spawnAlone(argv, directory);
  const peak = { all: 0, own: 0 };
  for (;;) {
    const status = textOf(`/proc/${child.pid}/status`);
    const megabytesOf = (name: string) =>
      (Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) * 1024) / 1e6;
    const all = megabytesOf("VmHWM");
    if (Number.isNaN(all)) break;
    peak.all = all;
    peak.own = Math.max(peak.own, megabytesOf("RssAnon"));
  }
  await child.exited;
  return peak;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}

/** The executable of a release, and what is downloaded of it. */
async function sizeFigures(place: Place): Promise<readonly Figure[]> {
  const target = hostTarget();
  const outfile = join(place.root, "fleet");
  await compileExecutable({ target, outfile, origin: { commit: "0".repeat(40), date: "2026-01-01" } });
  const executable = statSync(outfile).size;
  await place.run(["xz", "--keep", "--threads=1", ...filters(target, "smallest"), outfile]);
  const download = statSync(`${outfile}.xz`).size;
  const hello = statSync(await compileHello(place)).size;
  const built = statSync(builtFleet).size;
  for (const file of [outfile, `${outfile}.xz`]) rmSync(file);
  return [
    { label: "executable of a release", is: megabytes(executable), aim: "" },
    { label: "the same with its source map, as built here", is: megabytes(built), aim: "" },
    { label: "hello world, compiled alike", is: megabytes(hello), aim: "" },
    { label: "download, by xz", is: megabytes(download), aim: megabytes(40e6) },
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(2)} MB`;
}

/** What waiting for a hundred agents costs, all of them at work. */
async function waitFigures(place: Place): Promise<readonly Figure[]> {
  const directory = await hundredAtWork(place);
  const child = place.spawnAlone([place.fleet, "wait", "busy", "--timeout", `${2 * lookedAtSeconds}s`], directory);
  const share = await processorShare(child.pid, lookedAtSeconds);
  child.kill("SIGTERM");
  await child.exited;
  return [{ label: "fleet wait on 100 agents", is: `${share} % of a core`, aim: "0.5 %" }];
}

/** What the screen costs that follows a hundred agents, all of them at work. */
async function watchFigures(place: Place): Promise<readonly Figure[]> {
  const directory = await hundredAtWork(place);
  await place.run([place.fleet, "list", "--fresh"], directory);
  const tmux = (...words: readonly string[]) => place.run(["tmux", "-u", "-S", place.socket, ...words], directory);
  await tmux("new-session", "-d", "-s", "screen", "-x", "120", "-y", "40", place.fleet, "list", "--watch");
  const pid = Number(await tmux("display-message", "-p", "-t", "=screen:", "#{pane_pid}"));
  while (!(await tmux("capture-pane", "-p", "-t", "=screen:")).includes("100 agents")) await place.rest();
  const share = await processorShare(pid, lookedAtSeconds);
  return [{ label: "fleet list --watch on 100 agents", is: `${share} % of a core`, aim: "1 %" }];
}

async function hundredAtWork(place: Place): Promise<string> {
  const directory = await makeRepository(place, 20);
  await place.run([place.fleet, "fanout", "100", "busy", "--agent", "demo", "-p", "work 3600"], directory);
  await place.rest();
  return directory;
}
