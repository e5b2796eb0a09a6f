import { cpus, release, type } from "node:os";
import type { Figure } from "./figures.ts";
import type { Comparison, Measurement } from "./measure.ts";

const titles = ["", "median ms", "fastest ms", "ratio", "CPU ms", "CPU ratio", "budget ms"];
const comparedTitles = ["", "ms now", "before", "ratio", "CPU ms now", "before", "ratio"];

/** The measurements as a Markdown table that can also be read as it is. */
export function table(measurements: readonly Measurement[]): string {
  return aligned([titles, ...measurements.map(row)]);
}

/** Two programs beside each other, as such a table. */
export function comparisonTable(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ label, now, before }) => [
    label,
    ...[now.median.toFixed(1), before.median.toFixed(1), (now.median / before.median).toFixed(2)],
    ...[now.processor.toFixed(1), before.processor.toFixed(1), (now.processor / before.processor).toFixed(2)],
  ]);
  return aligned([comparedTitles, ...rows]);
}

/** Figures and their aims, as such a table. */
export function figureTable(figures: readonly Figure[]): string {
  return aligned([["", "is", "aim"], ...figures.map(({ label, is, aim }) => [label, is, aim])]);
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0), 3));
  const rule = widths.map((width, column) => (column === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const padded = rows.map((cells) => cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)));
  const [head = [], ...body] = padded;
  return [head, rule, ...body].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** What was measured on, in a line. */
export function machine(): string {
  const [cpu] = cpus();
  const versions = [
    ["git", "--version"],
    ["tmux", "-V"],
  ].map((argv) => Bun.spawnSync(argv).stdout.toString().trim());
  return [`${cpus().length} x ${cpu?.model}`, `${type()} ${release()}`, ...versions, `Bun ${Bun.version}`].join(", ");
}

function row({ step, median, fastest, ratio, processor, processorRatio }: Measurement): string[] {
  const { label, budgetMilliseconds: budget } = step;
  return [
    label,
    ...[median.toFixed(1), fastest.toFixed(1), ratio?.toFixed(1) ?? ""],
    ...[processor.toFixed(1), processorRatio?.toFixed(1) ?? ""],
    budget?.toString() ?? "",
  ];
}

function pad(cell: string, width: number, column: number): string {
  return column === 0 ? cell.padEnd(width) : cell.padStart(width);
}
