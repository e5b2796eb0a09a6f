import { cut } from "./text.ts";

export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
  /** How many columns of the terminal it may be cut to when the table is too wide; never cut when absent. */
  readonly least?: number;
}

const gap = "  ";

/**
 * Lines of a table with aligned columns and no blanks at their ends. Within `width` columns, if given, the columns that may be cut
 * give way, the last first.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width?: number): string[] {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => Bun.stringWidth(row[index] ?? ""))));
  if (width !== undefined) shrink(columns, widths, width);
  return all.map((row) =>
    columns
      .map((column, index) => cell(column, row[index] ?? "", widths[index] ?? 0))
      .join(gap)
      .trimEnd(),
  );
}

function shrink(columns: readonly Column[], widths: number[], width: number): void {
  let excess = widths.reduce((total, each) => total + each, 0) + gap.length * (columns.length - 1) - width;
  for (let index = columns.length - 1; index >= 0 && excess > 0; index -= 1) {
    const current = widths[index] ?? 0;
    const least = Math.min(columns[index]?.least ?? current, current);
    const given = Math.min(excess, current - least);
    widths[index] = current - given;
    excess -= given;
  }
}

function cell({ align }: Column, text: string, width: number): string {
  const shown = cut(text, width);
  const padding = " ".repeat(Math.max(0, width - Bun.stringWidth(shown)));
  return align === "right" ? padding + shown : shown + padding;
}
