import { coloured, type Tone } from "../../output/colour.ts";
import { cut, folded } from "../../output/text.ts";
import type { Preview, PreviewKind, ScreenState } from "./state.ts";

/** A line of the preview and how it is coloured. */
export interface PreviewLine {
  readonly text: string;
  readonly tone: Tone | undefined;
}

/** The preview that is wanted, when it has been read. */
export function openPreview({ shows, preview, selected }: ScreenState): Preview | undefined {
  return preview !== undefined && preview.kind === shows && preview.id === selected ? preview : undefined;
}

const folding = new WeakMap<Preview, { readonly width: number; readonly lines: readonly PreviewLine[] }>();

/** All lines of the preview as wide as the screen: what was said is folded, what stands in columns is cut. */
export function previewLines(state: ScreenState): readonly PreviewLine[] {
  const preview = openPreview(state);
  if (preview === undefined) return [];
  const width = state.size.columns;
  const known = folding.get(preview);
  if (known?.width === width) return known.lines;
  const lines = preview.lines.flatMap((line) => shownLines(preview.kind, line, width));
  folding.set(preview, { width, lines });
  return lines;
}

function shownLines(kind: PreviewKind, line: string, width: number): PreviewLine[] {
  const tone = toneOf(kind, line);
  return kind === "said" ? folded(line, width).map((text) => ({ text, tone })) : [{ text: cut(line, width), tone }];
}

function toneOf(kind: PreviewKind, line: string): Tone | undefined {
  if (kind === "said") return saidTones[line.slice(0, 2)];
  if (kind === "screen") return undefined;
  if (/^(?:diff|index|---|\+\+\+|new file|deleted file|rename|similarity)/.test(line)) return "faint";
  return diffTones[line[0] ?? ""];
}

/** Prompts, errors and uses of tools, as they are worded. */
const saidTones: Readonly<Record<string, Tone>> = { "> ": "busy", "! ": "alarm", "  ": "faint" };
const diffTones: Readonly<Record<string, Tone>> = { "+": "calm", "-": "alarm", "@": "busy" };

/** A line in its colour, where colours are wanted. */
export function painted({ text, tone }: PreviewLine, colour: boolean): string {
  return colour && tone !== undefined ? coloured(text, tone) : text;
}
