import type { Screen } from "../../system/tmux/panes.ts";
import { Versioned } from "./versioned.ts";

const shortestPause = 100;
/** How much longer a screen is left alone that has not changed. */
const slower = 1.5;

/** What a terminal shows, wherever it is. */
export type ShownScreen = Omit<Screen, "agentId">;

/** A terminal that somebody looks at: what it shows, what of that has changed when, and when to look again. */
export class Terminal {
  followers = 0;
  /** When it is to be looked at next, in the time of `performance.now`. */
  dueAt = 0;
  readonly #lines = new Versioned<number>();
  #screen: ShownScreen | undefined;
  /** The change since which its size is what it is: who has followed less far needs all of it. */
  #sizedAt = 0;
  #pause = shortestPause;
  /** Why there is nothing to see, once it has been told. */
  #ended: string | undefined;

  /** The number of the last change; nothing while there is none to see. */
  get seq(): number | undefined {
    return this.#screen === undefined ? undefined : this.#lines.seq;
  }

  /** What brings somebody up to date who has followed it up to `seq`, or not at all. */
  messageSince(id: string, seq: number | undefined): string | undefined {
    const screen = this.#screen;
    if (screen === undefined) return undefined;
    const { columns, rows, cursor, title } = screen;
    const frame = { type: "terminal", id, seq: this.#lines.seq, cursor, title };
    const changes = seq === undefined || seq < this.#sizedAt ? undefined : this.#lines.since(seq);
    const news =
      changes === undefined
        ? { whole: true, columns, rows, lines: screen.lines }
        : { whole: false, changed: changes.changed.flatMap(([row, text]) => (row < 0 ? [] : [[row, text]])) };
    return JSON.stringify({ ...frame, ...news });
  }

  /** Takes what it shows now, or that it is as before; whether anything is different. It is looked at again the later the longer it is the same. */
  take(screen: ShownScreen | "same", longestPause: number): boolean {
    this.#ended = undefined;
    const isNew = screen !== "same" && this.#update(screen);
    this.#pause = isNew ? shortestPause : Math.min(longestPause, this.#pause * slower);
    this.dueAt = performance.now() + this.#pause;
    return isNew;
  }

  #update(screen: ShownScreen): boolean {
    const { columns, rows, lines, cursor, title } = screen;
    const before = this.#screen;
    const resized = before === undefined || before.columns !== columns || before.rows !== rows;
    // The cursor and the title are one line more, that no row has.
    const rest = JSON.stringify([cursor, title, columns, rows]);
    const changed = this.#lines.update(new Map([...lines.entries(), [-1, rest] as const]));
    this.#screen = screen;
    if (resized) this.#sizedAt = this.#lines.seq;
    return changed || resized;
  }

  /** It is looked at again at once: somebody has typed. */
  hurry(): void {
    this.dueAt = 0;
    this.#pause = shortestPause;
  }

  /** Somebody has come who has not been told how it stands. */
  beginAnew(): void {
    this.dueAt = 0;
    this.#ended = undefined;
  }

  /** There is nothing to see, and why; whether that was not known. */
  end(reason: string): boolean {
    this.#screen = undefined;
    if (this.#ended === reason) return false;
    this.#ended = reason;
    return true;
  }
}
