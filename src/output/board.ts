import { isTerminal, terminalColumns, terminalRows } from "../system/terminal.ts";
import type { Narration } from "./narration.ts";
import { writeAll } from "./streams.ts";
import { cut, harmless } from "./text.ts";

/** What the board is told of the agents on it; the shape of the fleet's progress. */
type Event =
  | { readonly kind: "step"; readonly branch: string; readonly step: string; readonly text: string }
  | { readonly kind: "present"; readonly branch: string; readonly step: string; readonly text: string | undefined }
  | { readonly kind: "warning" | "note"; readonly text: string };

/** Shows how far each of many agents is. */
export interface Board {
  readonly report: (event: Event) => void;
  /** Leaves the last state standing, with the cursor below it. */
  readonly close: () => void;
}

const reset = "\r\u001b[J";

/**
 * On a terminal a line for each agent that moves through its steps, or a summary when there are more agents than lines; elsewhere a
 * line on standard error for every step. The same warning is said once.
 */
export function createBoard(narration: Narration, names: readonly string[]): Board {
  const columns = isTerminal(2) ? terminalColumns() : undefined;
  const said = new Set<string>();
  const sayOnce = (event: { readonly kind: "warning" | "note"; readonly text: string }) => {
    if (said.has(event.text)) return;
    said.add(event.text);
    narration[event.kind](event.text);
  };
  if (columns === undefined) {
    return {
      report(event) {
        if (event.kind === "step") narration.note(`  ${event.branch}  ${event.step}: ${event.text}`);
        else if (event.kind !== "present") sayOnce(event);
      },
      close: () => undefined,
    };
  }
  const lines = new Map(names.map((name) => [name, "waiting"]));
  let height = 0;
  const erase = () => writeAll(2, height === 0 ? "" : `\u001b[${height}A${reset}`);
  const draw = () => {
    const shown = boardLines(lines, columns, (terminalRows() ?? 24) - 2);
    height = shown.length;
    writeAll(2, shown.map((line) => `${line}\n`).join(""));
  };
  return {
    report(event) {
      if (event.kind === "present" && event.text === undefined) return;
      erase();
      if (event.kind === "step" || event.kind === "present") lines.set(event.branch, `${event.step}: ${event.text}`);
      else sayOnce(event);
      draw();
    },
    close() {
      height = 0;
    },
  };
}

/** A line for each agent, or, when they do not fit, how many are at which step. */
function boardLines(lines: ReadonlyMap<string, string>, columns: number, rows: number): string[] {
  const width = Math.max(0, ...[...lines.keys()].map((name) => Bun.stringWidth(name)));
  if (lines.size <= rows) {
    return [...lines].map(([name, text]) => {
      const padding = " ".repeat(width - Bun.stringWidth(name));
      return cut(`  ${harmless(name)}${padding}  ${harmless(text)}`, columns);
    });
  }
  const steps = Map.groupBy(lines.values(), (text) => text.split(":")[0] ?? "");
  return [cut(`  ${[...steps].map(([step, agents]) => `${agents.length} ${step}`).join(", ")}`, columns)];
}
