import { aligned } from "../../output/aligned.ts";

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

/** All keys and what they do, a line each. */
export function keyManual(): readonly string[] {
  return aligned(keys.map(([key, does]) => [`  ${key}`, does]));
}
