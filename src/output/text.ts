/** Control characters, which a terminal would act on, except the line end; and those that change the direction of text. */
const control = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** Text of foreign origin (a prompt, a child's words) as a terminal may be shown it: tabs as blanks, other controls as `\x1b`. */
export function harmless(text: string): string {
  return text.replace(control, (character) => (character === "	" ? " " : escaped(character.charCodeAt(0))));
}

function escaped(code: number): string {
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16)}`;
}

/** The same on one line. */
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
