import type { Environment } from "../system/environment.ts";
import { type Keyboard, openKeyboard } from "../system/keyboard.ts";
import { terminalColumns, terminalRows } from "../system/terminal.ts";
import { createKeyReader, type Key } from "./keys.ts";
import { writeAll } from "./streams.ts";

/** The alternate screen, no cursor, and marks around what is pasted. */
const enter = "\u001b[?1049h\u001b[?25l\u001b[?2004h\u001b[2J";
/** Presses and wheel of the mouse in SGR form; without it the terminal selects text with the mouse. */
const mouseOn = "\u001b[?1000h\u001b[?1006h";
const mouseOff = "\u001b[?1006l\u001b[?1000l";
const leave = `\u001b[?2004l${mouseOff}\u001b[0m\u001b[?25h\u001b[?1049l`;

/** An Escape that is not followed by more within this time was the key. */
const escapeMilliseconds = 30;
/** The shell stops us a moment after it was asked to. */
const stoppingMilliseconds = 50;

/** The size of a terminal. */
export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What a full screen hands on. */
export interface FullScreenEvents {
  onKeys(keys: readonly Key[]): void;
  onResize(size: Size): void;
  /** The terminal has gone. */
  onEnd(): void;
}

/** The whole terminal, drawn on and listened to. */
export interface FullScreen {
  /** Shows these lines, from the top; none may be wider than the terminal. Only what differs from before is written. */
  draw(lines: readonly string[]): void;
  /** Draws everything anew with the next lines, whatever is on the screen. */
  forget(): void;
  /** Whether presses and wheel of the mouse are keys, as they are at first, or the terminal's own. */
  takeMouse(isOurs: boolean): void;
  /** Gives the terminal to somebody else for a while, and takes it back, at the size that it has then. */
  lend(use: () => Promise<void>): Promise<void>;
  /** Stops the program, as Ctrl-Z does, until the shell goes on with it. */
  suspend(): Promise<void>;
  /** Leaves the terminal as it was. While somebody else has it, it is not taken back. */
  close(): Promise<void>;
}

/**
 * Takes the terminal for the whole of its screen until it is closed. Whatever ends the program, the terminal is left as it was: what runs
 * at the end of the process, and where nothing can (SIGKILL), a process that sees it.
 */
export function openFullScreen(environment: Environment, events: FullScreenEvents): FullScreen {
  let shown: readonly string[] = [];
  let keyboard: Keyboard | undefined;
  let isEntered = false;
  let hasMouse = true;
  let isClosed = false;
  const resized = () => {
    shown = [];
    writeAll(1, "\u001b[2J");
    events.onResize(terminalSize());
  };
  const leaveScreen = () => {
    if (isEntered) writeAll(1, leave);
    isEntered = false;
  };
  const leaveAtOnce = () => {
    leaveScreen();
    keyboard?.abandon();
    keyboard = undefined;
  };
  const take = () => {
    keyboard = listenForKeys(environment, events);
    writeAll(1, hasMouse ? enter + mouseOn : enter);
    isEntered = true;
    shown = [];
  };
  /** What is typed when the screen has gone is already for the next. */
  const give = async () => {
    const ours = keyboard;
    keyboard = undefined;
    await ours?.close();
    leaveScreen();
  };
  // Stopped by others and gone on with, the terminal is as the shell left it.
  const continued = () => {
    if (keyboard !== undefined) void give().then(retake);
  };
  const retake = () => {
    if (isClosed) return;
    take();
    events.onResize(terminalSize());
  };
  process.on("exit", leaveAtOnce);
  process.on("SIGWINCH", resized);
  process.on("SIGCONT", continued);
  take();
  return {
    draw(lines) {
      if (keyboard === undefined) return;
      const changes = changesBetween(shown, lines);
      shown = [...lines];
      if (changes !== "") writeAll(1, changes);
    },
    forget() {
      shown = [];
    },
    takeMouse(isOurs) {
      hasMouse = isOurs;
      if (isEntered) writeAll(1, isOurs ? mouseOn : mouseOff);
    },
    async lend(use) {
      await give();
      try {
        await use();
      } finally {
        retake();
      }
    },
    async suspend() {
      await give();
      process.kill(0, "SIGTSTP");
      // In a process group without a shell that could go on with it, nothing stops.
      await Bun.sleep(stoppingMilliseconds);
      retake();
    },
    async close() {
      isClosed = true;
      process.off("SIGWINCH", resized);
      process.off("SIGCONT", continued);
      process.off("exit", leaveAtOnce);
      await give();
    },
  };
}

/** Opens the keyboard of the terminal and hands on what is pressed as keys, the Escape alone too. */
function listenForKeys(environment: Environment, { onKeys, onEnd }: FullScreenEvents): Keyboard {
  const reader = createKeyReader();
  let escaping: Timer | undefined;
  const hand = (keys: readonly Key[]) => {
    if (keys.length > 0) onKeys(keys);
  };
  const hear = (bytes: Uint8Array) => {
    clearTimeout(escaping);
    hand(reader.read(bytes));
    if (reader.isOpen) escaping = setTimeout(() => hand(reader.flush()), escapeMilliseconds);
  };
  const keyboard = openKeyboard(environment, leave, hear, onEnd);
  return {
    ...keyboard,
    close() {
      clearTimeout(escaping);
      return keyboard.close();
    },
  };
}

/** What is to be written to make the lines of a screen others: the rows that differ, each whole. */
function changesBetween(before: readonly string[], after: readonly string[]): string {
  const rows = after.flatMap((line, row) =>
    line === before[row] ? [] : [`\u001b[${row + 1};1H${line}\u001b[0m\u001b[K`],
  );
  const rest = after.length < before.length ? `\u001b[${after.length + 1};1H\u001b[J` : "";
  return rows.join("") + rest;
}

/** The size of the terminal; 80 columns and 24 rows where it does not tell. */
export function terminalSize(): Size {
  return { columns: terminalColumns() ?? 80, rows: terminalRows() ?? 24 };
}
