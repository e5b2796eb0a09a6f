import type { ScreenState } from "./state.ts";

/** Which lines of the screen belong to what. The titles of the list are the first line. */
export interface Layout {
  /** Rows of the list. */
  readonly list: number;
  /** Lines of the preview, without the one above it that says what it is. */
  readonly preview: number;
  /** Lines below everything. */
  readonly footer: number;
}

const titleLines = 1;
const fewestListRows = 3;
const listShare = 0.4;

/** Divides the screen: the footer has what it needs, the list what it can use, the preview the rest. */
export function layoutOf(
  { size, shows }: Pick<ScreenState, "size" | "shows">,
  footerLines: number,
  rows: number,
): Layout {
  const footer = Math.min(footerLines, Math.max(1, size.rows - titleLines - 1));
  const free = Math.max(1, size.rows - titleLines - footer);
  if (shows === undefined || free < fewestListRows + 2) return { list: free, preview: 0, footer };
  const list = Math.min(Math.max(fewestListRows, Math.floor(free * listShare)), Math.max(1, rows));
  return { list, preview: free - list - 1, footer };
}

/** Where a list begins so that a row is in view, moved as little as possible from where it began. */
export function topFor(row: number, top: number, height: number, count: number): number {
  const latest = Math.max(0, count - height);
  const needed = Math.min(Math.max(top, row - height + 1), row);
  return Math.max(0, Math.min(needed, latest));
}
