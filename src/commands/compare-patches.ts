import { coloured, type Tone } from "../output/colour.ts";
import { counted, cut, cutMiddle, harmless, pieces } from "../output/text.ts";
import type { FilePatch } from "../system/git/file-patches.ts";
import { pathLine } from "../system/path-line.ts";

/** An agent by its branch, and the patch of what it has changed. */
interface PatchOf {
  readonly branch: string;
  readonly patch: readonly FilePatch[];
}

/** Fewer columns than this break so many lines that nothing stays beside what it belongs to. */
const leastColumn = 36;
const gap = " │ ";
const tab = "    ";

/**
 * The patches of attempts beside each other, file after file, in lines of at most `width` columns that a terminal may be shown. Attempts
 * with the same change of a file share a column; what does not fit beside each other is below. Long lines are broken, never cut.
 */
export function besideEachOther(attempts: readonly PatchOf[], width: number, isColoured: boolean): string[] {
  const paths = [...new Set(attempts.flatMap(({ patch }) => patch.map(({ path }) => path)))].sort();
  const paint = (text: string, tone: Tone | undefined) =>
    isColoured && tone !== undefined ? coloured(text, tone) : text;
  const byPath = attempts.map(({ branch, patch }) => ({
    branch,
    patch: new Map(patch.map((file) => [file.path, file])),
  }));
  return paths.flatMap((path, index) => {
    const changed = variantsOf(byPath, path);
    const count = changed.reduce((sum, { names }) => sum + names.length, 0);
    const heading = `${shown(pathLine(path))}  changed by ${count} of ${counted(attempts.length, "attempt")}`;
    return [...(index === 0 ? [] : [""]), paint(cut(heading, width), "attention"), ...blocks(changed, width, paint)];
  });
}

/** One change of a file, and who has made it. */
interface Variant {
  readonly names: readonly string[];
  readonly change: FilePatch;
}

function variantsOf(
  attempts: readonly { readonly branch: string; readonly patch: ReadonlyMap<string, FilePatch> }[],
  path: string,
): Variant[] {
  const own = attempts.flatMap(({ branch, patch }, index) => {
    const change = patch.get(path);
    return change === undefined ? [] : [{ name: `${index + 1} ${branch}`, change }];
  });
  const same = Map.groupBy(own, ({ change }) => JSON.stringify([change.from, change.lines]));
  return [...same.values()].flatMap((members) => {
    const [first] = members;
    return first === undefined ? [] : [{ names: members.map(({ name }) => name), change: first.change }];
  });
}

type Painter = (text: string, tone: Tone | undefined) => string;

/** As many beside each other as there is room for, the others below. */
function blocks(variants: readonly Variant[], width: number, paint: Painter): string[] {
  const fitting = Math.max(1, Math.floor((width + gap.length) / (leastColumn + gap.length)));
  const rows = Math.ceil(variants.length / fitting);
  // Evenly, so that the last is not alone in a column as wide as the terminal.
  const inRow = Math.ceil(variants.length / Math.max(1, rows));
  const column = Math.max(2, Math.floor((width + gap.length) / inRow) - gap.length);
  return Array.from({ length: rows }, (_, row) =>
    block(variants.slice(row * inRow, (row + 1) * inRow), column, paint),
  ).flat();
}

interface Cell {
  readonly text: string;
  readonly tone: Tone | undefined;
}

function block(variants: readonly Variant[], column: number, paint: Painter): string[] {
  const columns = variants.map((variant) => cellsOf(variant, column));
  const height = Math.max(...columns.map((cells) => cells.length));
  return Array.from({ length: height }, (_, row) =>
    columns
      .map((cells) => {
        const { text, tone } = cells[row] ?? { text: "", tone: undefined };
        return paint(text, tone) + " ".repeat(Math.max(0, column - Bun.stringWidth(text)));
      })
      .join(paint(gap, "faint"))
      .trimEnd(),
  );
}

function cellsOf({ names, change }: Variant, column: number): Cell[] {
  const title = names.map(shown).join(", ");
  const lines = change.lines.flatMap((line) =>
    pieces(shown(line), column).map((text) => ({ text, tone: toneOf(line) })),
  );
  return [{ text: cutMiddle(title, column), tone: "busy" }, ...lines];
}

function toneOf(line: string): Tone | undefined {
  if (line.startsWith("+")) return "calm";
  if (line.startsWith("-")) return "alarm";
  return line.startsWith(" ") ? undefined : "faint";
}

function shown(text: string): string {
  return harmless(text.replaceAll("\t", tab));
}
