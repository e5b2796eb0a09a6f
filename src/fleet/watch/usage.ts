import { totalmem } from "node:os";
import { type StatePlaces, usageFile } from "../../state/places.ts";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../../system/files.ts";
import { proportionalMemory } from "../../system/processes/proc.ts";
import type { ProcessInfo } from "../../system/processes/process.ts";
import { readProcessTable } from "../../system/processes/table.ts";
import { processTree } from "../../system/processes/tree.ts";
import type { Observation } from "./observe.ts";

/** What an agent and all its processes use. */
export interface Usage {
  /** 100 is one core; `null` when nothing of it runs. */
  readonly cpuPercent: number | null;
  readonly memoryBytes: number | null;
  readonly memoryPercent: number | null;
}

/** CPU time by agent id, at a moment. */
interface Sample {
  readonly at: number;
  readonly seconds: Readonly<Record<string, number>>;
}

/** An older sample would say what an agent did on average since, not what it does. */
const longestSampleMilliseconds = 30_000;
/** Ticks are 10 ms long: over less than this they are too coarse for a percentage. */
const shortestSampleMilliseconds = 100;

/**
 * What agents use now. CPU is what their processes, those that ended included, have used since the last look at them; the first look,
 * and one after a long pause, takes 100 ms to measure. `shared` divides shared memory among those who share it, where the system can tell.
 */
export async function measureUsage(
  places: StatePlaces,
  observations: readonly Observation[],
  shared: boolean,
): Promise<ReadonlyMap<string, Usage>> {
  const running = observations.filter(({ processes }) => processes.length > 0);
  if (running.length === 0) return new Map();
  const looks = readSamples(places);
  const previous = looks.findLast((look) => isRecent(look) && running.every(({ entry }) => entry.id in look.seconds));
  const now = takeSample(running);
  if (previous === undefined) await Bun.sleep(shortestSampleMilliseconds);
  const first = previous ?? now;
  const second = previous === undefined ? await resample(running) : now;
  keepSamples(places, [first, second]);
  return new Map(running.map((observation) => [observation.entry.id, usageOf(observation, first, second, shared)]));
}

function usageOf({ entry, processes }: Observation, first: Sample, second: Sample, shared: boolean): Usage {
  const used = (second.seconds[entry.id] ?? 0) - (first.seconds[entry.id] ?? 0);
  const memoryBytes = processes
    .map(({ pid, memoryBytes: resident }) => (shared ? proportionalMemory(pid) : undefined) ?? resident)
    .reduce((total, bytes) => total + bytes, 0);
  return {
    cpuPercent: Math.max(0, Math.round((used / ((second.at - first.at) / 1000)) * 100)),
    memoryBytes,
    memoryPercent: Math.round((memoryBytes / totalmem()) * 1000) / 10,
  };
}

function takeSample(observations: readonly Observation[]): Sample {
  const seconds = observations.map(({ entry, processes }) => [
    entry.id,
    total(processes.map(({ cpuSeconds }) => cpuSeconds)),
  ]);
  return { at: Date.now(), seconds: Object.fromEntries(seconds) as Record<string, number> };
}

async function resample(observations: readonly Observation[]): Promise<Sample> {
  const table = await readProcessTable();
  return takeSample(
    observations.map((observation) => ({
      ...observation,
      processes: [...new Set(rootsOf(observation.processes).flatMap(({ pid }) => processTree(table, pid)))],
    })),
  );
}

/** Those that no other of them has started: more than one for an agent in a container. */
function rootsOf(processes: readonly ProcessInfo[]): ProcessInfo[] {
  const ids = new Set(processes.map(({ pid }) => pid));
  return processes.filter(({ parent }) => !ids.has(parent));
}

function isRecent(sample: Sample): boolean {
  const age = Date.now() - sample.at;
  return age >= shortestSampleMilliseconds && age <= longestSampleMilliseconds;
}

/** Two looks are kept: when the last is too short ago to measure from, the one before it is not. */
function readSamples(places: StatePlaces): Sample[] {
  try {
    const looks: unknown = JSON.parse(readTextIfExists(usageFile(places)) ?? "[]");
    return Array.isArray(looks) ? looks.filter(isSample) : [];
  } catch {
    // The first look, or a file that somebody wrote to: measure anew.
    return [];
  }
}

function isSample(value: unknown): value is Sample {
  const sample = value as Partial<Sample> | null;
  return (
    typeof sample?.at === "number" &&
    typeof sample.seconds === "object" &&
    sample.seconds !== null &&
    Object.values(sample.seconds).every(Number.isFinite)
  );
}

function keepSamples(places: StatePlaces, looks: readonly Sample[]): void {
  makePrivateDirectory(places.agentsRoot);
  replaceFile(usageFile(places), JSON.stringify(looks));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
