import type { Place } from "./place.ts";

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

/** How long a step took. */
export interface Measurement {
  readonly step: Step;
  readonly median: number;
  readonly fastest: number;
  /** Its median over that of its counterpart. */
  readonly ratio: number | undefined;
}

/**
 * Times steps in turns, `A B C A B C ...`, so that a machine that gets slower in the meantime slows down all of them. A first round
 * is not counted: it fills caches.
 */
export async function measure(place: Place, steps: readonly Step[], rounds: number): Promise<Measurement[]> {
  const times = new Map(steps.map((step) => [step.label, [] as number[]]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const step of steps) {
      await step.before?.();
      const milliseconds = await place.time(step.argv(round), step.directory);
      if (round > 0) times.get(step.label)?.push(milliseconds);
    }
  }
  const medians = new Map([...times].map(([label, sample]) => [label, median(sample)]));
  return steps.map((step) => {
    const own = medians.get(step.label) ?? Number.NaN;
    const other = medians.get(step.beside ?? "");
    const fastest = Math.min(...(times.get(step.label) ?? []));
    return { step, median: own, fastest, ratio: other === undefined ? undefined : own / other };
  });
}

function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (below + above) / 2;
}
