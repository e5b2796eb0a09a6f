import type { Key } from "../../output/keys.ts";

/** A text that is being typed, and where in it. */
export interface Line {
  readonly before: string;
  readonly after: string;
}

/** An empty line, or one with a text and the caret at its end. */
export function lineOf(text = ""): Line {
  return { before: text, after: "" };
}

/** The whole text of a line. */
export function textOf({ before, after }: Line): string {
  return before + after;
}

/** A line after a key, as shells edit it; `undefined` when the key means nothing there. */
export function edited(line: Line, key: Key): Line | undefined {
  switch (key.kind) {
    case "text":
    case "paste":
      return { ...line, before: line.before + key.text };
    case "named":
      return editedByName(line, key.name);
    case "control":
      return editedByLetter(line, key.letter);
    case "mouse":
      return undefined;
  }
}

function editedByName(line: Line, name: string): Line | undefined {
  const { before, after } = line;
  switch (name) {
    case "new-line":
      return { before: `${before}\n`, after };
    case "backspace":
      return { before: before.slice(0, before.length - lastOf(before).length), after };
    case "delete":
      return { before, after: after.slice(firstOf(after).length) };
    case "left": {
      const moved = lastOf(before);
      return { before: before.slice(0, before.length - moved.length), after: moved + after };
    }
    case "right": {
      const moved = firstOf(after);
      return { before: before + moved, after: after.slice(moved.length) };
    }
    case "home":
      return { before: "", after: before + after };
    case "end":
      return { before: before + after, after: "" };
    default:
      return undefined;
  }
}

function editedByLetter(line: Line, letter: string): Line | undefined {
  switch (letter) {
    case "a":
      return editedByName(line, "home");
    case "e":
      return editedByName(line, "end");
    case "b":
      return editedByName(line, "left");
    case "f":
      return editedByName(line, "right");
    case "d":
      return editedByName(line, "delete");
    case "u":
      return { ...line, before: "" };
    case "k":
      return { ...line, after: "" };
    case "w":
      return { ...line, before: line.before.replace(/\S+\s*$/, "") };
    default:
      return undefined;
  }
}

/** What a reader takes for one character may be several: an emoji with its skin, a letter with its accent. */
function lastOf(text: string): string {
  return segments(text).at(-1) ?? "";
}

function firstOf(text: string): string {
  return segments(text)[0] ?? "";
}

function segments(text: string): string[] {
  return [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
}
