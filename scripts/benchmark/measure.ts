import type { Place, Spent } from "./place.ts";

/** One command that is timed. */
export interface Step {
  readonly label: string;
  /** The label of its counterpart. */
  readonly beside?: string;
  readonly budgetMilliseconds?: number;
  readonly directory?: string;
  argv(round: number): readonly string[];
  /** Done before each run, and not timed. */
  before?(): Promise<void>;
}

/** What a step took. */
export interface Measurement extends Summary {
  readonly step: Step;
  /** Its time and processor time over those of its counterpart. */
  readonly ratio: number | undefined;
  readonly processorRatio: number | undefined;
}

/** What several runs took: medians, but of the time also that of the fastest. */
export interface Summary {
  readonly median: number;
  readonly fastest: number;
  readonly processor: number;
}

/**
 * Times steps in turns, `A B C A B C ...`, so that a machine that gets slower in the meantime slows down all of them. A first round
 * is not counted: it fills caches.
 */
export async function measure(place: Place, steps: readonly Step[], rounds: number): Promise<Measurement[]> {
  const runs = new Map(steps.map((step) => [step.label, [] as Spent[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const step of steps) {
      await step.before?.();
      const spent = await place.time(step.argv(round), step.directory);
      if (round > 0) runs.get(step.label)?.push(spent);
    }
  }
  return steps.map((step) => {
    const own = summary(runs.get(step.label) ?? []);
    const sample = step.beside === undefined ? undefined : runs.get(step.beside);
    const other = sample === undefined ? undefined : summary(sample);
    return {
      step,
      ...own,
      ratio: other && own.median / other.median,
      processorRatio: other && own.processor / other.processor,
    };
  });
}

/** What a step took with two programs. */
export interface Comparison {
  readonly label: string;
  readonly now: Summary;
  readonly before: Summary;
}

/** A program, where it runs, and what it is timed at; those of two programs are the same, in the same order. */
export interface Contestant {
  readonly place: Place;
  readonly steps: readonly Step[];
}

/**
 * Times the steps of two programs in turns, each round the other one first. What is none of theirs is timed as often, beside each: it says
 * how much of a difference is chance.
 */
export async function compare(now: Contestant, before: Contestant, rounds: number): Promise<Comparison[]> {
  const runs = new Map([now, before].map((contestant) => [contestant, new Map<string, Spent[]>()]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const index of now.steps.keys()) {
      for (const contestant of round % 2 === 0 ? [now, before] : [before, now]) {
        const { label, spent } = await timed(contestant, index, round);
        const known = runs.get(contestant);
        if (round > 0) known?.set(label, [...(known.get(label) ?? []), spent]);
      }
    }
  }
  const summaryOf = (contestant: Contestant, label: string) => summary(runs.get(contestant)?.get(label) ?? []);
  return now.steps.map(({ label }) => ({ label, now: summaryOf(now, label), before: summaryOf(before, label) }));
}

async function timed({ place, steps }: Contestant, index: number, round: number) {
  const step = steps[index];
  if (step === undefined) throw new Error("both programs have the same steps");
  await step.before?.();
  return { label: step.label, spent: await place.time(step.argv(round), step.directory) };
}

function summary(runs: readonly Spent[]): Summary {
  const times = runs.map(({ milliseconds }) => milliseconds);
  return {
    median: median(times),
    fastest: Math.min(...times),
    processor: median(runs.map(({ processorMilliseconds }) => processorMilliseconds)),
  };
}

function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (below + above) / 2;
}
