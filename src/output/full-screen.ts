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
  return new TakenTerminal(environment, events);
}

class TakenTerminal implements FullScreen {
  readonly #environment: Environment;
  readonly #events: FullScreenEvents;
  #shown: readonly string[] = [];
  /** `undefined` while somebody else has the terminal. */
  #keyboard: Keyboard | undefined;
  #isEntered = false;
  #hasMouse = true;
  #isClosed = false;

  constructor(environment: Environment, events: FullScreenEvents) {
    this.#environment = environment;
    this.#events = events;
    process.on("exit", this.#leaveAtOnce);
    process.on("SIGWINCH", this.#resized);
    process.on("SIGCONT", this.#continued);
    this.#take();
  }

  draw(lines: readonly string[]): void {
    if (this.#keyboard === undefined) return;
    const changes = changesBetween(this.#shown, lines);
    this.#shown = [...lines];
    if (changes !== "") writeAll(1, changes);
  }

  forget(): void {
    this.#shown = [];
  }

  takeMouse(isOurs: boolean): void {
    this.#hasMouse = isOurs;
    if (this.#isEntered) writeAll(1, isOurs ? mouseOn : mouseOff);
  }

  async lend(use: () => Promise<void>): Promise<void> {
    await this.#give();
    try {
      await use();
    } finally {
      this.#retake();
    }
  }

  async suspend(): Promise<void> {
    await this.#give();
    process.kill(0, "SIGTSTP");
    // In a process group without a shell that could go on with it, nothing stops.
    await Bun.sleep(stoppingMilliseconds);
    this.#retake();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    process.off("SIGWINCH", this.#resized);
    process.off("SIGCONT", this.#continued);
    process.off("exit", this.#leaveAtOnce);
    await this.#give();
  }

  readonly #resized = () => {
    this.#shown = [];
    writeAll(1, "\u001b[2J");
    this.#events.onResize(terminalSize());
  };

  // Stopped by others and gone on with, the terminal is as the shell left it.
  readonly #continued = () => {
    if (this.#keyboard !== undefined) void this.#give().then(() => this.#retake());
  };

  readonly #leaveAtOnce = () => {
    this.#leaveScreen();
    this.#keyboard?.abandon();
    this.#keyboard = undefined;
  };

  #take(): void {
    this.#keyboard = listenForKeys(this.#environment, this.#events);
    writeAll(1, this.#hasMouse ? enter + mouseOn : enter);
    this.#isEntered = true;
    this.#shown = [];
  }

  /** What is typed when the screen has gone is already for the next. */
  async #give(): Promise<void> {
    const ours = this.#keyboard;
    this.#keyboard = undefined;
    await ours?.close();
    this.#leaveScreen();
  }

  #retake(): void {
    if (this.#isClosed) return;
    this.#take();
    this.#events.onResize(terminalSize());
  }

  #leaveScreen(): void {
    if (this.#isEntered) writeAll(1, leave);
    this.#isEntered = false;
  }
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
