/**
 * Control characters, which a terminal would act on, except the line end; those that change the direction of text; and those that are
 * not to be seen, so that two names would look the same. The joiner of emoji is none of them.
 */
const control =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Text of foreign origin (a prompt, a child's words) as a terminal may be shown it: tabs as blanks, other controls as `\x1b`. */
export function harmless(text: string): string {
  return text.replace(control, (character) => (character === "	" ? " " : escaped(character.charCodeAt(0))));
}

/** What a line may keep: colours, tabs, and the carriage return of a line end of another system. */
const kept = /(\u001b\[[0-9;:]*m|\t|\r(?=(?:\u001b\[[0-9;:]*m)*$))/;

/** A line of foreign origin to which a program has given colours, as a terminal may be shown it: those stay. */
export function harmlessInColour(line: string): string {
  return line
    .split(kept)
    .map((part, index) => (index % 2 === 1 ? part : harmless(part)))
    .join("");
}

function escaped(code: number): string {
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}

/** A value as JSON that means exactly the same, and in which a terminal finds nothing to act on: JSON leaves most of these as they are. */
export function jsonText(value: unknown): string {
  const code = (character: string) => character.charCodeAt(0).toString(16).padStart(4, "0");
  return JSON.stringify(value, null, 2).replace(control, (character) => `\\u${code(character)}`);
}

/** All of Unicode that is not to be seen, or that nobody can know how to show, except the line end. */
const unseen = /(?!\n)[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A text that the user is to judge before it takes effect, with a bar before each line: nothing in it is invisible, and none of it, a
 * line that is too long for the terminal neither, can pass for a word of ours.
 */
export function quoted(text: string, columns: number): string {
  const lines = text.replace(/\n$/, "").split("\n");
  return lines
    .map((line) => pieces(revealed(line), Math.max(20, columns - bar.length)).join(`\n${broken}`))
    .map((line) => `${bar}${line}`)
    .join("\n");
}

const bar = "  │ ";
/** Before the rest of a line that did not fit. */
const broken = "  ┆ ";

function revealed(line: string): string {
  return line.replaceAll("\t", " ").replace(unseen, (character) => escaped(character.codePointAt(0) ?? 0));
}

/** A line in pieces that are at most so many columns wide. */
export function pieces(line: string, width: number): string[] {
  const result = [""];
  let used = 0;
  for (const character of line) {
    const columns = Bun.stringWidth(character);
    if (used + columns > width) {
      result.push("");
      used = 0;
    }
    result[result.length - 1] += character;
    used += columns;
  }
  return result;
}

/** Text broken between words into lines of at most so many columns; a longer word is left whole, so that it can be copied. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const longer = last === undefined ? word : `${last} ${word}`;
    if (last !== undefined && Bun.stringWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Text broken between words into lines of at most so many columns, a word that is longer than a line within it. */
export function folded(text: string, width: number): string[] {
  if (Bun.stringWidth(text) <= width) return [text];
  const indent = /^\s*/.exec(text)?.[0] ?? "";
  const lines = wrapped(text.slice(indent.length), Math.max(1, width)).flatMap((line) =>
    pieces(line, Math.max(2, width)),
  );
  return lines.map((line, index) => (index === 0 ? cut(indent + line, width) : line));
}

/** Foreign text on one line, without what a terminal would act on. */
export function oneLine(text: string): string {
  return harmless(text.replace(/\s*\n\s*/g, " ")).trim();
}

/** Text cut to a width in columns, with an ellipsis where something is missing. Wide characters count two. */
export function cut(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  let result = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    used += Bun.stringWidth(segment);
    if (used > width - 1) break;
    result += segment;
  }
  return `${result}…`;
}

/** Text cut to a width in columns with an ellipsis in the middle, for names that differ at their ends. Wide characters count two. */
export function cutMiddle(text: string, width: number): string {
  if (Bun.stringWidth(text) <= width) return text;
  const ending = Math.floor((width - 1) / 2);
  return `${start(text, width - 1 - ending)}…${endOf(text, ending)}`;
}

function start(text: string, width: number): string {
  return cut(text, width + 1).replace(/…$/, "");
}

function endOf(text: string, width: number): string {
  const segments = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
  let result = "";
  for (const segment of segments.toReversed()) {
    if (Bun.stringWidth(segment + result) > width) break;
    result = segment + result;
  }
  return result;
}

/** A count with its noun: `1 agent`, `2 agents`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** A span of time in the largest unit that is not zero: `4m`, `3h`, `2d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Bytes as megabytes, or from a hundred of them on as gigabytes with one digit: `3M`, `0.3G`. */
export function memorySize(bytes: number): string {
  return bytes < 1e8 ? `${Math.round(bytes / 1e6)}M` : `${(bytes / 1e9).toFixed(1)}G`;
}
