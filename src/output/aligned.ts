import { table } from "./table.ts";

/** Lines of words under each other, without a heading and without blanks at their ends. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const columns = Array.from({ length: count }, () => ({ title: "", align: "left" as const }));
  return table(columns, rows).slice(1);
}
