/** One thing that a user did with keyboard or mouse. */
export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "named"; readonly name: KeyName }
  /** `c` of Ctrl-C. */
  | { readonly kind: "control"; readonly letter: string }
  /** What was pasted, as one text with `\n` as line ends. */
  | { readonly kind: "paste"; readonly text: string }
  /** Columns and rows count from 0. */
  | { readonly kind: "mouse"; readonly action: MouseAction; readonly column: number; readonly row: number };

export type KeyName =
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "page-up"
  | "page-down"
  | "delete"
  | "backspace"
  | "enter"
  | "new-line"
  | "tab"
  | "escape";

type MouseAction = "press" | "wheel-up" | "wheel-down";

/** Reads keys from what a terminal sends. */
export interface KeyReader {
  /** The keys that are complete with these bytes. */
  read(bytes: Uint8Array): Key[];
  /** Whether something has begun that may be an Escape alone, or the start of more. */
  readonly isOpen: boolean;
  /** Takes what has begun for all that comes. */
  flush(): Key[];
}

const pasteStart = "\u001b[200~";
const pasteEnd = "\u001b[201~";

/** The sequences of xterm, which all terminals of today send; arrows and the like in both of their modes. */
const sequences: Readonly<Record<string, KeyName>> = {
  "\u001b[A": "up",
  "\u001b[B": "down",
  "\u001b[C": "right",
  "\u001b[D": "left",
  "\u001bOA": "up",
  "\u001bOB": "down",
  "\u001bOC": "right",
  "\u001bOD": "left",
  "\u001b[H": "home",
  "\u001b[F": "end",
  "\u001bOH": "home",
  "\u001bOF": "end",
  "\u001b[1~": "home",
  "\u001b[4~": "end",
  "\u001b[7~": "home",
  "\u001b[8~": "end",
  "\u001b[3~": "delete",
  "\u001b[5~": "page-up",
  "\u001b[6~": "page-down",
  "\u001b\r": "new-line",
};

/** Reads keys of the terminal in the order in which they come, whatever pieces they come in. */
export function createKeyReader(): KeyReader {
  const decoder = new TextDecoder();
  let rest = "";
  const take = (isComplete: boolean) => {
    const keys: Key[] = [];
    while (rest !== "") {
      const [key, length] = first(rest, isComplete);
      if (length === 0) break;
      if (key !== undefined) keys.push(key);
      rest = rest.slice(length);
    }
    return keys;
  };
  return {
    read(bytes) {
      rest += decoder.decode(bytes, { stream: true });
      return take(false);
    },
    get isOpen() {
      return rest !== "" && !rest.startsWith(pasteStart);
    },
    flush: () => take(true),
  };
}

type Taken = readonly [Key | undefined, number];

const nothingYet: Taken = [undefined, 0];

/** The first key of what was sent and how much of it that is; 0 when more must come first. Unknown sequences are no key. */
function first(input: string, isComplete: boolean): Taken {
  if (input.startsWith("\u001b")) return firstSequence(input, isComplete);
  const code = input.charCodeAt(0);
  if (code < 0x20 || code === 0x7f) return [controlKey(code), 1];
  const text = /^[^\u0000-\u001f\u007f]+/.exec(input)?.[0] ?? "";
  return [{ kind: "text", text }, text.length];
}

function firstSequence(input: string, isComplete: boolean): Taken {
  if (input.startsWith(pasteStart)) return pasted(input);
  const sequence =
    /^\u001b(?:\[<[\d;]*[Mm]|\[[\u0030-\u003f]*[\u0020-\u002f]*[\u0040-\u007e]|O[\u0040-\u007e]|\r)/.exec(input)?.[0];
  if (sequence !== undefined) return [keyOf(sequence), sequence.length];
  const isBegun = /^\u001b(?:\[[\u0020-\u003f]*|O)?$/.test(input);
  if (isBegun && !isComplete) return nothingYet;
  // Two Escapes, or an Escape and then something else: the first is a key.
  return [{ kind: "named", name: "escape" }, 1];
}

function pasted(input: string): Taken {
  const end = input.indexOf(pasteEnd);
  if (end < 0) return nothingYet;
  const text = input.slice(pasteStart.length, end).replace(/\r\n?/g, "\n");
  return [{ kind: "paste", text }, end + pasteEnd.length];
}

function keyOf(sequence: string): Key | undefined {
  const mouse = /^\u001b\[<(\d+);(\d+);(\d+)([Mm])$/.exec(sequence);
  if (mouse !== null) return mouseKey(mouse);
  const name = sequences[sequence];
  return name === undefined ? undefined : { kind: "named", name };
}

/** SGR mouse reports: button 0 is the left one, 64 and 65 the wheel; `m` is a release. */
function mouseKey([, button, column, row, end]: RegExpExecArray): Key | undefined {
  const action = end === "M" ? mouseActions[button ?? ""] : undefined;
  return action === undefined ? undefined : { kind: "mouse", action, column: Number(column) - 1, row: Number(row) - 1 };
}

const mouseActions: Readonly<Record<string, MouseAction>> = { "0": "press", "64": "wheel-up", "65": "wheel-down" };

const controls: Readonly<Record<number, KeyName>> = {
  8: "backspace",
  9: "tab",
  10: "new-line",
  13: "enter",
  127: "backspace",
};

function controlKey(code: number): Key {
  const name = controls[code];
  if (name !== undefined) return { kind: "named", name };
  return { kind: "control", letter: String.fromCharCode(code + 0x60) };
}
