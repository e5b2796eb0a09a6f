import { totalmem } from "node:os";
import { type StatePlaces, usageFile } from "../../state/places.ts";
import { readTextIfExists, rememberIn } from "../../system/files.ts";
import { ageOf } from "../../system/processes/age.ts";
import { proportionalMemory } from "../../system/processes/proc.ts";
import type { Observation } from "./observe.ts";

/** What an agent and all its processes use. */
export interface Usage {
  /** 100 is one core; `null` when nothing of it runs, and where it cannot be told yet. */
  readonly cpuPercent: number | null;
  /** That is the average since it was started, for want of an earlier look. */
  readonly sinceStart?: true;
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
 * What agents use now. CPU is what their processes, those that ended included, have used since the last look at them; at a first look,
 * and at one after a long pause, since they were started. `shared` divides shared memory among those who share it, where the system can
 * tell.
 */
export function measureUsage(
  places: StatePlaces,
  observations: readonly Observation[],
  shared: boolean,
): ReadonlyMap<string, Usage> {
  const running = observations.filter(({ processes }) => processes.length > 0);
  if (running.length === 0) return new Map();
  const looks = readSamples(places);
  const now = takeSample(running);
  const kept = looks.findLast(isRecent) ?? looks.findLast(isNew);
  keepSamples(places, kept === undefined ? [now] : [kept, now]);
  return new Map(
    running.map((observation) => {
      const { id } = observation.entry;
      const before = looks.findLast((look) => isRecent(look) && id in look.seconds);
      return [id, { ...cpuOf(observation, before, now), ...memoryOf(observation, shared) }];
    }),
  );
}

function cpuOf(
  { entry: { id }, processes }: Observation,
  before: Sample | undefined,
  now: Sample,
): Pick<Usage, "cpuPercent" | "sinceStart"> {
  const used = (now.seconds[id] ?? 0) - (before?.seconds[id] ?? 0);
  if (before !== undefined) return { cpuPercent: percent(used, (now.at - before.at) / 1000) };
  const age = processes[0] === undefined ? undefined : ageOf(processes[0]);
  if (age === undefined) return { cpuPercent: null };
  return { cpuPercent: percent(used, Math.max(age, shortestSampleMilliseconds / 1000)), sinceStart: true };
}

function percent(used: number, seconds: number): number {
  return Math.max(0, Math.round((used / seconds) * 100));
}

function memoryOf({ processes }: Observation, shared: boolean): Pick<Usage, "memoryBytes" | "memoryPercent"> {
  const memoryBytes = processes
    .map(({ pid, memoryBytes: resident }) => (shared ? proportionalMemory(pid) : undefined) ?? resident)
    .reduce((total, bytes) => total + bytes, 0);
  return { memoryBytes, memoryPercent: Math.round((memoryBytes / totalmem()) * 1000) / 10 };
}

function takeSample(observations: readonly Observation[]): Sample {
  const seconds = observations.map(({ entry, processes }) => [
    entry.id,
    total(processes.map(({ cpuSeconds }) => cpuSeconds)),
  ]);
  return { at: Date.now(), seconds: Object.fromEntries(seconds) as Record<string, number> };
}

function isRecent(sample: Sample): boolean {
  const age = Date.now() - sample.at;
  return age >= shortestSampleMilliseconds && age <= longestSampleMilliseconds;
}

/** It cannot be compared with yet. */
function isNew(sample: Sample): boolean {
  const age = Date.now() - sample.at;
  return age >= 0 && age < shortestSampleMilliseconds;
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
  rememberIn(usageFile(places), JSON.stringify(looks));
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
