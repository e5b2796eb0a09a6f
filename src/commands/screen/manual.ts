import { aligned } from "../../output/aligned.ts";
import { wrapped } from "../../output/text.ts";

/** What a key does is not broken into narrower lines. */
const fewestColumns = 10;

/** The keys of the screen and what they do. */
export const keys: readonly (readonly [string, string])[] = [
  ["↑ ↓  j k", "move; also PgUp, PgDn, Home, End and the mouse"],
  ["m", "let the mouse select text, until m again; or hold Shift"],
  ["enter", "attach; you are back here when you leave the session"],
  ["l", "what it said"],
  ["d", "what it changed"],
  ["s", "what its terminal shows"],
  ["J K", "scroll that; also the wheel, Ctrl-d, Ctrl-u; esc closes it"],
  ["a", "answer what it asks"],
  ["p", "prompt it, or all that are marked"],
  ["i", "interrupt its turn"],
  ["r", "resume it, when it was stopped or has ended"],
  ["x", "kill it, or all that are marked"],
  ["u", "bring back what was killed last"],
  ["space", "mark; b marks the batch, esc unmarks"],
  ["n", "start a new agent"],
  ["/", "show only what matches"],
  ["g", "by batch"],
  ["A", "of all repositories"],
  ["Ctrl-z", "suspend; fg comes back"],
  ["q", "quit; the agents go on"],
];

/** All keys and what they do, a line each, or several where they would be wider than the screen. */
export function keyManual(columns: number): readonly string[] {
  const lines = aligned(keys.map(([key, does]) => [`  ${key}`, does]));
  return lines.flatMap((line, index) => {
    const does = keys[index]?.[1] ?? "";
    const before = line.slice(0, line.length - does.length);
    const indent = " ".repeat(Bun.stringWidth(before));
    const texts = wrapped(does, Math.max(fewestColumns, columns - indent.length));
    return texts.map((text, row) => (row === 0 ? before : indent) + text);
  });
}
