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

/** How long a step took with two programs. */
export interface Comparison {
  readonly label: string;
  readonly median: number;
  readonly before: number;
}

/** A program, where it runs, and what it is timed at; those of two programs are the same, in the same order. */
export interface Contestant {
  readonly place: Place;
  readonly steps: readonly Step[];
}

/** Times the steps of two programs in turns, each round the other one first. Only what has `fleet` in front is one of theirs. */
export async function compare(now: Contestant, before: Contestant, rounds: number): Promise<Comparison[]> {
  const times = new Map([now, before].map((contestant) => [contestant, new Map<string, number[]>()]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const index of now.steps.keys()) {
      for (const contestant of round % 2 === 0 ? [now, before] : [before, now]) {
        const { label, milliseconds } = await timed(contestant, index, round);
        const known = times.get(contestant);
        if (round > 0) known?.set(label, [...(known.get(label) ?? []), milliseconds]);
      }
    }
  }
  const medianOf = (contestant: Contestant, label: string) => median(times.get(contestant)?.get(label) ?? []);
  return now.steps
    .filter(({ label }) => label.startsWith("fleet "))
    .map(({ label }) => ({ label, median: medianOf(now, label), before: medianOf(before, label) }));
}

async function timed({ place, steps }: Contestant, index: number, round: number) {
  const step = steps[index];
  if (step === undefined) throw new Error("both programs have the same steps");
  await step.before?.();
  return { label: step.label, milliseconds: await place.time(step.argv(round), step.directory) };
}

function median(sample: readonly number[]): number {
  const sorted = sample.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [below = Number.NaN, above = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (below + above) / 2;
}
