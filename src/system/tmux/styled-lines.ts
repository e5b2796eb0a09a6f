/** What `tmux capture-pane -e` writes beside text: SGR, the switches of line drawing, and, since 3.4, links (OSC 8). */
const sequences = /\u001b\[([0-9;:]*)m|\u001b\]8;[^\u0007\u001b]*(?:\u001b\\|\u0007)|[\u000e\u000f]/g;
/** Whatever else a terminal would act on. */
const controls = /[\u0000-\u001a\u001c-\u001f\u007f-\u009f]|\u001b(?!\[[0-9;:]*m)/g;

/**
 * The lines of a styled screen, each of which stands on its own: tmux writes a style once, and goes on with it in the next line. Of what a
 * terminal would act on only styles (SGR) are left; lines that were drawn with the line drawing characters of terminals are in Unicode.
 */
export function standaloneLines(screen: readonly string[]): string[] {
  const style: Style = new Map();
  let drawing = false;
  return screen.map((line) => {
    const start = sgrOf(style);
    let text = "";
    let from = 0;
    for (const match of line.matchAll(sequences)) {
      text += drawn(line.slice(from, match.index), drawing);
      from = match.index + match[0].length;
      if (match[0] === "\u000e") drawing = true;
      else if (match[0] === "\u000f") drawing = false;
      else if (match[1] !== undefined) {
        applyCodes(match[1], style);
        text += match[0];
      }
    }
    return line === "" ? "" : start + (text + drawn(line.slice(from), drawing)).replace(controls, "");
  });
}

/** By what it is about (`bold`, foreground, ...): the code that set it. */
type Style = Map<string, string>;

function sgrOf(style: Style): string {
  return style.size === 0 ? "" : `\u001b[${[...style.values()].join(";")}m`;
}

/** ECMA-48, 8.3.117, with the colours of ISO 8613-6 (38, 48, 58) and what xterm adds. */
function applyCodes(text: string, style: Style): void {
  for (const code of codesOf(text)) {
    const number = Number.parseInt(code, 10) || 0;
    const end = ends[number];
    if (number === 0) style.clear();
    else if (end !== undefined) for (const aspect of end) style.delete(aspect);
    else style.set(aspectOf(number), code);
  }
}

/** What each code ends. */
const ends: Readonly<Record<number, readonly string[]>> = {
  22: ["1", "2"],
  23: ["3"],
  24: ["4"],
  25: ["5"],
  27: ["7"],
  28: ["8"],
  29: ["9"],
  39: ["foreground"],
  49: ["background"],
  55: ["53"],
  59: ["underline colour"],
};

function aspectOf(number: number): string {
  if ((number >= 30 && number <= 38) || (number >= 90 && number <= 97)) return "foreground";
  if ((number >= 40 && number <= 48) || (number >= 100 && number <= 107)) return "background";
  return number === 58 ? "underline colour" : `${number}`;
}

/** The codes of a sequence, a colour with its numbers as one: `1`, `38;5;208`. */
function codesOf(text: string): string[] {
  return text.match(/[345]8;5;\d+|[345]8;2;\d+;\d+;\d+|[0-9:]+/g) ?? ["0"];
}

/** The special graphics characters of the VT100, from a backquote on. */
const graphics = [..."◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"];

function drawn(text: string, drawing: boolean): string {
  if (!drawing) return text;
  return text.replace(/[`-~]/g, (character) => graphics[character.charCodeAt(0) - 0x60] ?? character);
}
