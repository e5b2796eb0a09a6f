/** A span of time in the largest unit that says enough, as the command line words it: `45s`, `12m`, `3h`, `2d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** `1 agent`, `3 agents`. */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${count} ${count === 1 ? thing : things}`;
}

/** `$0.42`; what is less than a cent is said to be. */
export function money(usd: number): string {
  if (usd > 0 && usd < 0.01) return "<$0.01";
  return `$${usd.toFixed(2)}`;
}

/** `12.3k`, `1.2M`: tokens and the like. */
export function amount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${(count / 1000).toFixed(count < 10_000 ? 1 : 0)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** `0.3 GB`. */
export function memory(bytes: number): string {
  return bytes < 1e8 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** The last part of a path. */
export function lastPart(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? path;
}

/** Escape sequences of terminals: colours, titles, links. */
const escapes = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g;
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
/** Characters that are not seen and change how others are read: directions, and nothing wide. */
const unseen = /[\u0080-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/**
 * Text from outside, as it may be shown: what would change the direction of its neighbours, or is not seen at all, is made visible.
 * Sequences that a terminal would have obeyed are left out.
 */
export function shown(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .replace(escapes, "")
    .replace(controls, pictureOf)
    .replace(
      unseen,
      (character) => `\u27e8U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}\u27e9`,
    );
}

function pictureOf(control: string): string {
  const code = control.codePointAt(0) ?? 0;
  return String.fromCodePoint(code === 0x7f ? 0x2421 : 0x2400 + code);
}

/** Text from outside in one line, as it may be shown. */
export function oneLine(text: string): string {
  return shown(text.replace(/\s+/g, " ").trim());
}
