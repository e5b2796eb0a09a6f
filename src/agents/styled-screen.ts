/** SGR, the only sequence that `tmux capture-pane -e` writes beside the charset switches of line drawing. */
const styles = /(\u001b\[[0-9;:]*m)|\u001b[()][0-9A-B]|[\u000e\u000f]/;

/** The lines of a styled screen as they read. */
export function plainLines(screen: string): string[] {
  return screen
    .split(styles)
    .filter((part) => part !== undefined && !part.startsWith("\u001b"))
    .join("")
    .split("\n")
    .map((line) => line.trimEnd());
}

/** The lines of a styled screen without what is dim, which is how agents show hints, and without the cursor, which is inverse. */
export function typedLines(screen: string): string[] {
  const hidden = new Set<number>();
  let text = "";
  for (const part of screen.split(styles)) {
    if (part === undefined) continue;
    if (part.startsWith("\u001b")) for (const code of codesOf(part)) applyCode(code, hidden);
    else text += hidden.size === 0 ? part : part.replace(/[^\n]/g, "");
  }
  return text.split("\n").map((line) => line.trimEnd());
}

const dim = 2;
const inverse = 7;

/** ECMA-48, 8.3.117: 0 ends all, 22 ends dim, 27 ends inverse. */
function applyCode(code: number, hidden: Set<number>): void {
  if (code === 0) hidden.clear();
  if (code === dim || code === inverse) hidden.add(code);
  if (code === 20 + dim || code === 20 + inverse) hidden.delete(code - 20);
}

/** The codes of one sequence; the numbers of a colour (`38;5;N`, `48;2;R;G;B`) are none. */
function codesOf(sequence: string): number[] {
  const numbers = sequence
    .slice(2, -1)
    .replace(/\b[345]8[;:](5[;:]\d+|2[;:]\d+[;:]\d+[;:]\d+)/g, "39")
    .split(/[;:]/);
  return numbers.map(Number);
}
