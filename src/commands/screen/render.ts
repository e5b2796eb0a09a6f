import type { ShownAgent } from "../../api/agents.ts";
import { coloured } from "../../output/colour.ts";
import { cut, oneLine } from "../../output/text.ts";
import { agentTable, batchHeading, type ColumnName, type TableStyle } from "../list-view.ts";
import { type FooterLine, footerLines } from "./footer.ts";
import { layoutOf } from "./layout.ts";
import { keyManual } from "./manual.ts";
import { openPreview, painted, previewLines } from "./preview.ts";
import { listRows, type Row, selectedAgent } from "./rows.ts";
import type { PreviewKind, ScreenState } from "./state.ts";

/** How the screen is to look. */
export interface ScreenStyle {
  readonly colour: boolean;
  readonly columns?: readonly ColumnName[] | undefined;
}

/** What stands before each row: whether the cursor is there and whether it is marked. */
const gutterColumns = 2;

/** The lines of the screen, exactly as many as it has, none wider than it is. */
export function render(state: ScreenState, style: ScreenStyle, now: number): readonly string[] {
  const { columns, rows: height } = state.size;
  const footer = footerLines(state);
  const rows = listRows(state);
  const { list, preview, footer: footerHeight } = layoutOf(state, footer.length, rows.length);
  const body =
    state.dialog?.kind === "help"
      ? helpLines(state.dialog.scrolled, height - footerHeight, columns)
      : [
          ...filled(listLines(state, rows, list, { ...style, now }), list + 1),
          ...(preview === 0
            ? []
            : [previewTitle(state, style), ...filled(previewWindow(state, preview, style), preview)]),
        ];
  const lines = [
    ...filled(body, height - footerHeight),
    ...footer.slice(-footerHeight).map((line) => footerText(line, style)),
  ];
  return lines.slice(0, height).map((line) => narrowed(line, columns));
}

/** On a terminal too narrow for its columns, a row of the list is cut where it is: a line that wraps would push out the next. */
function narrowed(line: string, columns: number): string {
  return Bun.stringWidth(line) <= columns ? line : cut(Bun.stripANSI(line), columns);
}

function filled(lines: readonly string[], height: number): string[] {
  return Array.from({ length: Math.max(0, height) }, (_, index) => lines[index] ?? "");
}

function helpLines(scrolled: number, height: number, columns: number): string[] {
  const manual = keyManual(columns);
  const start = Math.max(0, Math.min(scrolled, manual.length - height));
  return manual.slice(start, start + height).map((line) => cut(line, columns));
}

function listLines(
  state: ScreenState,
  rows: readonly Row[],
  height: number,
  style: ScreenStyle & { readonly now: number },
): string[] {
  const agents = rows.flatMap((row) => (row.kind === "agent" ? [row.agent] : []));
  if (agents.length === 0) return ["", emptyText(state)].map((line) => cut(line, state.size.columns));
  const width = Math.max(1, state.size.columns - gutterColumns);
  const { plain, shown } = tablesOf(state, agents, { ...style, width });
  const lineOf = new Map(agents.map(({ entry }, index) => [entry.id, index + 1]));
  const visible = rows.slice(state.top, state.top + height).map((row) => {
    if (row.kind === "batch") return cut(batchHeading(row.batch, row.members, style.now), state.size.columns);
    const { id } = row.agent.entry;
    const index = lineOf.get(id) ?? 0;
    const isSelected = id === state.selected;
    const gutter = `${isSelected ? ">" : " "}${state.marked.has(id) ? "*" : " "}`;
    const line = gutter + ((isSelected ? plain : shown)[index] ?? "");
    return isSelected ? reversed(line, state.size.columns) : line;
  });
  return [`${" ".repeat(gutterColumns)}${shown[0] ?? ""}`, ...visible];
}

interface Tables {
  readonly plain: readonly string[];
  readonly shown: readonly string[];
}

const lastTables = new WeakMap<readonly ShownAgent[], { readonly key: string; readonly tables: Tables }>();

/** The list without and with colours. It is the same until somebody looks again or a second has passed, however often keys are pressed. */
function tablesOf(
  state: ScreenState,
  agents: readonly ShownAgent[],
  style: TableStyle & { readonly now: number },
): Tables {
  const { agents: all = [], filter, grouped } = state;
  const key = JSON.stringify([filter, grouped, style.width, style.colour, Math.floor(style.now / 1000)]);
  const last = lastTables.get(all);
  if (last?.key === key) return last.tables;
  const plain = agentTable(agents, { ...style, colour: false });
  const tables = { plain, shown: style.colour ? agentTable(agents, style) : plain };
  lastTables.set(all, { key, tables });
  return tables;
}

function emptyText({ agents, filter, everywhere }: ScreenState): string {
  if (agents === undefined) return "";
  if (filter !== "" && agents.length > 0) return `  nothing matches ${oneLine(filter)}; esc shows all`;
  return `  no agents ${everywhere ? "anywhere" : "here"}; n starts one`;
}

/** The row under the cursor, in the colours of the terminal the other way round, to its right edge. */
function reversed(line: string, columns: number): string {
  return `\u001b[7m${line}${" ".repeat(Math.max(0, columns - Bun.stringWidth(line)))}\u001b[0m`;
}

const previewNames: Readonly<Record<PreviewKind, string>> = {
  said: "what it said",
  diff: "what it changed",
  screen: "its terminal",
};

function previewTitle(state: ScreenState, { colour }: ScreenStyle): string {
  const branch = oneLine(selectedAgent(state)?.entry.branch ?? "");
  const away = state.scrolled === 0 ? "" : `, ${state.scrolled} ${state.shows === "diff" ? "down" : "up"}`;
  const name = state.shows === undefined ? "" : previewNames[state.shows];
  const title = cut(`── ${branch}: ${name}${away} `, state.size.columns);
  const line = title + "─".repeat(Math.max(0, state.size.columns - Bun.stringWidth(title)));
  return colour ? coloured(line, "faint") : line;
}

/** The part of the preview that is in view: of a diff from its beginning, else up to its end. */
function previewWindow(state: ScreenState, height: number, { colour }: ScreenStyle): string[] {
  if (openPreview(state) === undefined) return [selectedAgent(state) === undefined ? "" : "  reading ..."];
  const lines = previewLines(state);
  if (lines.length === 0) return [state.shows === "diff" ? "  nothing has changed" : "  nothing so far"];
  const start = state.shows === "diff" ? state.scrolled : Math.max(0, lines.length - height - state.scrolled);
  return lines.slice(start, start + height).map((line) => painted(line, colour));
}

function footerText({ text, kind, caret }: FooterLine, { colour }: ScreenStyle): string {
  if (caret !== undefined) return withCaret(text, caret);
  if (!colour) return text;
  if (kind === "trouble") return coloured(text, "alarm");
  return kind === "hints" ? coloured(text, "faint") : text;
}

/** The character at a column the other way round: the cursor of the terminal is hidden. */
function withCaret(text: string, caret: number): string {
  let column = 0;
  for (const { segment, index } of new Intl.Segmenter().segment(text)) {
    if (column >= caret) {
      return `${text.slice(0, index)}\u001b[7m${segment}\u001b[0m${text.slice(index + segment.length)}`;
    }
    column += Bun.stringWidth(segment);
  }
  return `${text}\u001b[7m \u001b[0m`;
}
