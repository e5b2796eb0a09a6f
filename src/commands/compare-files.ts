import { type Column, table } from "../output/table.ts";
import type { FileChange } from "../system/git/numstat.ts";
import { pathLine } from "../system/path-line.ts";

/** Lines that say which attempt has changed which file, and what the signs in them mean, if that has to be said. */
export interface FileMatrix {
  readonly lines: readonly string[];
  readonly legend?: string;
}

/** An agent by its branch, and what it has changed. */
interface ChangedBy {
  readonly branch: string;
  readonly changes: readonly FileChange[];
}

/** What is to be seen of a path at least. */
const leastPath = 20;
const gap = 2;

/**
 * Which attempt has changed which file, and how much. Within `width` columns, if given, attempts that do not fit beside each other by their
 * names are numbered as `fleet compare` does, and of those that do not fit with sizes either there is one sign each.
 */
export function fileMatrix(attempts: readonly ChangedBy[], width: number | undefined): FileMatrix {
  const byName = sized(
    attempts,
    attempts.map(({ branch }) => branch),
  );
  if (width === undefined || fits(byName, width)) return { lines: table(byName.columns, byName.rows, width) };
  const key = [...numbered(attempts), ""];
  const byNumber = sized(
    attempts,
    attempts.map((_, index) => String(index + 1)),
  );
  if (fits(byNumber, width)) return { lines: [...key, ...table(byNumber.columns, byNumber.rows, width)] };
  const room = Math.max(10, width - leastPath - gap);
  const blocks = Array.from({ length: Math.ceil(attempts.length / room) }, (_, index) =>
    signed(attempts, index * room, (index + 1) * room),
  );
  return {
    lines: [
      ...key,
      ...blocks.flatMap(({ columns, rows }, index) => [...(index === 0 ? [] : [""]), ...table(columns, rows, width)]),
    ],
    legend: "+ lines added, - deleted, ~ changed, b binary.",
  };
}

interface Matrix {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const pathColumn: Column = { title: "FILE", align: "left", least: leastPath, cutAt: "middle" };

function sized(attempts: readonly ChangedBy[], titles: readonly string[]): Matrix {
  const changes = attempts.map(changesByPath);
  return {
    columns: [pathColumn, ...titles.map((title) => ({ title, align: "right" as const }))],
    rows: pathsOf(changes).map((path) => [pathLine(path), ...changes.map((each) => sizeOf(each.get(path)))]),
  };
}

/** One sign for each attempt from `start` to before `end`, below its number, which is written downwards. */
function signed(attempts: readonly ChangedBy[], start: number, end: number): Matrix {
  const shown = attempts.slice(start, end);
  const changes = shown.map(changesByPath);
  const numbers = shown.map((_, index) => String(start + index + 1));
  const digits = numbers.at(-1)?.length ?? 0;
  const [title = "", ...below] = Array.from({ length: digits }, (_, digit) =>
    numbers.map((number) => number.padStart(digits).charAt(digit)).join(""),
  );
  const signs = (path: string) => changes.map((each) => signOf(each.get(path))).join("");
  return {
    columns: [pathColumn, { title, align: "left" }],
    rows: [...below.map((line) => ["", line]), ...pathsOf(changes).map((path) => [pathLine(path), signs(path)])],
  };
}

function numbered(attempts: readonly ChangedBy[]): string[] {
  const digits = String(attempts.length).length;
  return attempts.map(({ branch }, index) => `${String(index + 1).padStart(digits)}  ${branch}`);
}

function fits({ columns, rows }: Matrix, width: number): boolean {
  const widths = columns.map(({ title, least }, index) => {
    const natural = Math.max(...[title, ...rows.map((row) => row[index] ?? "")].map((text) => Bun.stringWidth(text)));
    return Math.min(natural, least ?? natural);
  });
  return widths.reduce((sum, each) => sum + each, 0) + gap * (columns.length - 1) <= width;
}

function changesByPath({ changes }: ChangedBy): ReadonlyMap<string, FileChange> {
  return new Map(changes.map((change) => [change.path, change]));
}

function pathsOf(changes: readonly ReadonlyMap<string, FileChange>[]): string[] {
  return [...new Set(changes.flatMap((each) => [...each.keys()]))].sort();
}

function sizeOf(change: FileChange | undefined): string {
  if (change === undefined) return "";
  return change.added === undefined ? "binary" : `+${change.added} -${change.deleted}`;
}

function signOf(change: FileChange | undefined): string {
  if (change === undefined) return " ";
  if (change.added === undefined) return "b";
  if (change.deleted === 0 && change.added > 0) return "+";
  return change.added === 0 && (change.deleted ?? 0) > 0 ? "-" : "~";
}
