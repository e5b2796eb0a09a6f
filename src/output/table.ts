import { coloured, type Tone } from "./colour.ts";
import { cut, cutMiddle } from "./text.ts";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** How many columns of the terminal it may be cut to when the table is too wide; never cut when absent. */
  readonly least?: number;
  /** How many it is to have before any column that yields may stay; `least` unless given. */
  readonly prefers?: number;
  /** Where it is cut: names differ at their ends. The end, unless given. */
  readonly cutAt?: "middle";
  /** When cutting is not enough, the column with the lowest number goes first; one without a number stays. */
  readonly leaves?: number;
  /** It leaves also so that others have what they prefer. */
  readonly yields?: true;
}

/** The colour of a cell, by the number of its row and the title of its column. */
export type Paint = (row: number, title: string) => Tone | undefined;

const gap = "  ";

/**
 * Lines of a table with aligned columns and no blanks at their ends. Within `width` columns, if given, the columns that may be cut
 * give way, the last first; where that is not enough, columns leave, and no line is ever longer.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width?: number,
  paint: Paint = () => undefined,
): string[] {
  const fitting = width === undefined ? columns : fittingColumns(columns, rows, width);
  const cells = rows.map((row) => fitting.map((column) => row[columns.indexOf(column)] ?? ""));
  const all = [fitting.map(({ title }) => title), ...cells];
  const widths = fitting.map((_, index) => widest(all, index));
  if (width !== undefined) shrink(fitting, widths, width);
  return all.map((row, number) => {
    const line = fitting.map((column, index) => cell(column, row[index] ?? "", widths[index] ?? 0));
    const tones = fitting.map(({ title }) => (number === 0 ? "faint" : paint(number - 1, title)));
    return painted(line, number === 0 && paint(-1, "") === undefined ? [] : tones);
  });
}

function painted(cells: readonly string[], tones: readonly (Tone | undefined)[]): string {
  const last = cells.findLastIndex((text) => text.trim() !== "");
  return cells
    .slice(0, last + 1)
    .map((text, index) => {
      const shown = index === last ? text.trimEnd() : text;
      const tone = tones[index];
      return tone === undefined ? shown : coloured(shown, tone);
    })
    .join(gap);
}

function fittingColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): readonly Column[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const whole = new Map(columns.map((column, index) => [column, widest(all, index)]));
  const leaving = columns
    .filter(({ leaves }) => leaves !== undefined)
    .sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  const without = (
    staying: readonly Column[],
    candidates: readonly Column[],
    least: (of: Column) => number | undefined,
  ) => {
    const needed = (column: Column) => Math.min(least(column) ?? Number.POSITIVE_INFINITY, whole.get(column) ?? 0);
    let left = staying;
    for (const column of candidates) {
      if (left.reduce((sum, each) => sum + needed(each), 0) + gap.length * (left.length - 1) <= width) break;
      left = left.filter((other) => other !== column);
    }
    return left;
  };
  const yielding = leaving.filter(({ yields }) => yields);
  const preferred = without(columns, yielding, ({ prefers, least }) => prefers ?? least);
  return without(preferred, leaving, ({ least }) => least);
}

function widest(rows: readonly (readonly string[])[], index: number): number {
  return Math.max(...rows.map((row) => Bun.stringWidth(row[index] ?? "")));
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((total, each) => total + each, 0) + gap.length * (columns.length - 1) - width;
  // Below what a column should keep only when there is no other way: a line is never longer than the terminal.
  const natural = [...widths];
  const kept = (index: number) => columns[index]?.least ?? natural[index] ?? 0;
  for (const least of [(index: number) => columns[index]?.prefers ?? kept(index), kept, () => 4]) {
    for (let index = columns.length - 1; index >= 0 && excess > 0; index -= 1) {
      const current = widths[index] ?? 0;
      const given = Math.max(0, Math.min(excess, current - Math.min(least(index), current)));
      widths[index] = current - given;
      excess -= given;
    }
  }
}

function cell({ align, cutAt }: Column, text: string, width: number): string {
  const shown = cutAt === "middle" ? cutMiddle(text, width) : cut(text, width);
  const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
  return align === "right" ? padding + shown : shown + padding;
}
