/** The part of `scripts/bench` that measures. Times tell the machine as much as the program, so nothing here can fail a build. */
import { parseArgs } from "node:util";
import { type ContestName, contests, contestsOnRequest, mostRounds } from "./benchmark/contests.ts";
import { type Figure, figures } from "./benchmark/figures.ts";
import { type Comparison, compare, type Measurement, measure } from "./benchmark/measure.ts";
import { builtFleet, openPlace } from "./benchmark/place.ts";
import { buildOf } from "./benchmark/previous.ts";
import { comparisonTable, figureTable, machine, table } from "./benchmark/report.ts";

type FigureName = keyof typeof figures;

const names = Object.keys(contests) as ContestName[];
const figureNames = Object.keys(figures) as FigureName[];

const usage = `\
usage: scripts/bench [--rounds N] [--only NAME]... [--against REF]

Runs fleet and the bare tools in turns and prints a Markdown table: medians, the
fastest run, how many times the median of its counterpart, the same of processor
time, and the budget.

  --rounds N   how often each is run; 20 unless given, fewer where it takes long
  --against REF
               build this commit too, run both in turns, and print how many
               times as long this one takes
  --only NAME  one of ${[...names, ...figureNames].join(", ")}; may be repeated;
               ${[...contestsOnRequest, ...figureNames].join(", ")} are measured only when they are named
`;

interface Choice {
  readonly rounds: number;
  readonly chosen: readonly ContestName[];
  /** What is measured that is no time. */
  readonly figures: readonly FigureName[];
  /** The commit whose build is measured beside this one. */
  readonly against: string | undefined;
}

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  if (words.includes("--help")) {
    console.log(usage.trimEnd());
    return 0;
  }
  const choice = understand(words);
  if (typeof choice === "string") {
    console.error(`bench: ${choice}\n\n${usage.trimEnd()}`);
    return 2;
  }
  const interrupted = new AbortController();
  for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.on(signal, () => interrupted.abort());
  try {
    const measured = choice.against === undefined ? measureAll : compareAll;
    console.log(`${await measured(choice, interrupted.signal)}\n\n${machine()}; ${choice.rounds} rounds`);
    return 0;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    return 130;
  }
}

/** What was asked for, or what is wrong with it. */
function understand(words: readonly string[]): Choice | string {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        rounds: { type: "string", default: "20" },
        only: { type: "string", multiple: true },
        against: { type: "string" },
      },
    });
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1) return `--rounds takes a number, not ${values.rounds}`;
    const chosen = names.filter((name) => values.only?.includes(name) ?? !contestsOnRequest.includes(name));
    const chosenFigures = figureNames.filter((name) => values.only?.includes(name));
    const unknown = values.only?.find((word) => ![...names, ...figureNames].some((name) => name === word));
    if (unknown !== undefined) return `nothing is called ${unknown}`;
    if (values.against !== undefined && chosenFigures.length > 0) return `${chosenFigures[0]} is not compared`;
    return { rounds, chosen, figures: chosenFigures, against: values.against };
  } catch (error) {
    return (error as Error).message;
  }
}

async function measureAll({ rounds, chosen, figures: others }: Choice, interrupted: AbortSignal): Promise<string> {
  const measurements: Measurement[] = [];
  for (const name of chosen) {
    console.error(`bench: ${name}`);
    await using place = await openPlace(interrupted);
    measurements.push(
      ...(await measure(place, await contests[name](place), Math.min(rounds, mostRounds[name] ?? rounds))),
    );
  }
  const measured: Figure[] = [];
  for (const name of others) {
    console.error(`bench: ${name}`);
    await using place = await openPlace(interrupted);
    measured.push(...(await figures[name](place)));
  }
  const tables = [
    ...(measurements.length === 0 ? [] : [table(measurements)]),
    ...(measured.length === 0 ? [] : [figureTable(measured)]),
  ];
  return tables.join("\n\n");
}

async function compareAll({ rounds, chosen, against = "HEAD" }: Choice, interrupted: AbortSignal): Promise<string> {
  console.error(`bench: building ${against}`);
  using previous = buildOf(against, builtFleet);
  const comparisons: Comparison[] = [];
  for (const name of chosen) {
    console.error(`bench: ${name}`);
    await using now = await openPlace(interrupted, previous.other);
    await using before = await openPlace(interrupted, previous.fleet);
    const contestants = [
      { place: now, steps: await contests[name](now) },
      { place: before, steps: await contests[name](before) },
    ] as const;
    comparisons.push(...(await compare(...contestants, Math.min(rounds, mostRounds[name] ?? rounds))));
  }
  return comparisonTable(comparisons);
}
