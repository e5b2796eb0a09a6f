import { coloured, type Tone } from "./colour.ts";
import { cut, cutMiddle } from "./text.ts";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** How many columns of the terminal it may be cut to when the table is too wide; never cut when absent. */
  readonly least?: number;
  /** Where it is cut: names differ at their ends. The end, unless given. */
  readonly cutAt?: "middle";
  /** When cutting is not enough, the column with the lowest number goes first; one without a number stays. */
  readonly leaves?: number;
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
  const needed = (column: Column) => {
    const whole = widest(all, columns.indexOf(column));
    return Math.min(column.least ?? whole, whole);
  };
  let left = columns;
  const total = () => left.reduce((sum, column) => sum + needed(column), 0) + gap.length * (left.length - 1);
  const leaving = columns
    .filter(({ leaves }) => leaves !== undefined)
    .sort((a, b) => (a.leaves ?? 0) - (b.leaves ?? 0));
  for (const column of leaving) {
    if (total() <= width) break;
    left = left.filter((other) => other !== column);
  }
  return left;
}

function widest(rows: readonly (readonly string[])[], index: number): number {
  return Math.max(...rows.map((row) => Bun.stringWidth(row[index] ?? "")));
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((total, each) => total + each, 0) + gap.length * (columns.length - 1) - width;
  // Below what a column should keep only when there is no other way: a line is never longer than the terminal.
  for (const least of [(index: number) => columns[index]?.least ?? widths[index] ?? 0, () => 4]) {
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
