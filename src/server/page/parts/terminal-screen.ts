// xterm.js: the one terminal for browsers that others build theirs on. Loaded when a terminal is first opened.
import { Terminal } from "@xterm/xterm";
import sheetText from "@xterm/xterm/css/xterm.css" with { type: "text" };
import type { Cursor, TerminalEvent } from "../connection/events.ts";
import { strictDocument } from "./strict-document.ts";

const sheet = new CSSStyleSheet();
sheet.replaceSync(sheetText);
document.adoptedStyleSheets.push(sheet);

/** A screen that shows what an agent's terminal shows, cell by cell, in the size that it has there. */
export interface TerminalScreen {
  show(event: Extract<TerminalEvent, { type: "terminal" }>): void;
  /** Whether keys go to the agent. */
  setTyping(on: boolean): void;
  /** Makes the letters as large as the width allows, between what can be read and what looks odd. */
  fit(width: number): void;
  dispose(): void;
}

interface ScreenOptions {
  readonly onInput: (text: string) => void;
  /** The keys with which the keyboard is given back. */
  readonly onRelease: () => void;
}

const most = 15;
/** All columns of a terminal do not fit on a phone; there one scrolls. */
const least = { wide: 10, narrow: 11 } as const;
/** Of a letter, in the fonts that we ask for. */
const widthOfHeight = 0.602;

/** Opens a screen in an element. */
export function openScreen(place: HTMLElement, { onInput, onRelease }: ScreenOptions): TerminalScreen {
  const strict = strictDocument();
  const terminal = new Terminal({
    documentOverride: strict.document,
    disableStdin: true,
    scrollback: 0,
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--mono"),
    fontSize: 13,
    cursorStyle: "block",
    cursorInactiveStyle: "outline",
    theme: { background: "#14171c", foreground: "#d9dce2", cursor: "#d9dce2", selectionBackground: "#3d5a94" },
  });
  strict.during(() => terminal.open(place));
  terminal.onData(onInput);
  terminal.attachCustomKeyEventHandler((event) => {
    // While nobody types, its keys are those of the page.
    if (terminal.options.disableStdin === true) return false;
    if (!(event.ctrlKey && event.key === "]")) return true;
    if (event.type === "keydown") onRelease();
    return false;
  });
  return {
    show(event) {
      if (event.whole) terminal.resize(event.columns, event.rows);
      const changed = event.whole ? event.lines.map((line, row) => [row, line] as const) : event.changed;
      const blank = event.whole ? "\u001b[0m\u001b[2J" : "";
      terminal.write(blank + changed.map(([row, line]) => painted(row, line)).join("") + placed(event.cursor));
    },
    setTyping(on) {
      terminal.options.disableStdin = !on;
      terminal.options.cursorBlink = on;
      if (on) terminal.focus();
      else terminal.blur();
    },
    fit(width) {
      const size = Math.floor((width / terminal.cols / widthOfHeight) * 2) / 2;
      terminal.options.fontSize = Math.min(most, Math.max(width < 600 ? least.narrow : least.wide, size));
    },
    dispose: () => terminal.dispose(),
  };
}

function painted(row: number, line: string): string {
  return `\u001b[${row + 1};1H\u001b[0m${line}\u001b[0m\u001b[K`;
}

function placed({ column, row, visible }: Cursor): string {
  return `\u001b[${row + 1};${column + 1}H\u001b[?25${visible ? "h" : "l"}`;
}
