import { asFleetError } from "../../errors.ts";
import { Repeat } from "../../system/repeat.ts";
import type { Typed } from "../../system/tmux/typing.ts";
import { type ShownScreen, Terminal } from "./terminal.ts";

const afterTyping = 25;

/** What became of a terminal: what it shows, that it shows the same as is known, or why there is none. */
export type Sight = ShownScreen | "same" | { readonly gone: string };

/** A terminal that is to be looked at. */
export interface Wanted {
  readonly id: string;
  /** What it showed when it was looked at last is still known. */
  readonly isShown: boolean;
}

/** Where terminals are: on this machine, or on another. */
export interface TerminalPlace {
  /** A screen that does not change is looked at so often, at least. */
  readonly longestPause: number;
  /** A terminal that is not there is looked for so often. */
  readonly searchPause: number;
  /** A look is followed by so many times as long of rest. */
  readonly restOfLook: number;
  /** What these show, by their ids; one left out is looked at again soon. Throws FleetError when nothing can be seen. */
  look(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, Sight>>;
  /** Throws FleetError `failed` when there is no such terminal. */
  type(id: string, typed: Typed): Promise<void>;
  /** Throws FleetError `failed` when there is no such terminal. */
  scrollback(id: string, lines: number): Promise<string[]>;
  /** Nobody looks at this one any more. */
  forget(id: string): void;
  /** Nobody looks at any for now. */
  rest(): Promise<void>;
}

/** Who is told what happens to terminals. */
export interface TerminalsListener {
  readonly changed: (id: string) => void;
  readonly ended: (id: string, reason: string) => void;
}

/** The screens that somebody looks at in one place, read for all of them at once, as often as they change. */
export class TerminalsFeed {
  readonly #place: TerminalPlace;
  readonly #listener: TerminalsListener;
  readonly #terminals = new Map<string, Terminal>();
  readonly #repeat = new Repeat(() => this.#look());

  constructor(place: TerminalPlace, listener: TerminalsListener) {
    this.#place = place;
    this.#listener = listener;
  }

  follow(id: string): void {
    const terminal = this.#terminals.get(id) ?? new Terminal();
    terminal.followers += 1;
    terminal.beginAnew();
    this.#terminals.set(id, terminal);
    this.#repeat.start();
    this.#repeat.hurry(0);
  }

  /** Whether anybody still looks at it. */
  leave(id: string): boolean {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) return false;
    terminal.followers -= 1;
    if (terminal.followers > 0) return true;
    this.#terminals.delete(id);
    this.#place.forget(id);
    if (this.#terminals.size === 0) void this.end();
    return false;
  }

  seq(id: string): number | undefined {
    return this.#terminals.get(id)?.seq;
  }

  messageSince(id: string, seq: number | undefined): string | undefined {
    return this.#terminals.get(id)?.messageSince(id, seq);
  }

  /** Types into a terminal. Throws FleetError `failed` when there is none. */
  async type(id: string, typed: Typed): Promise<void> {
    await this.#place.type(id, typed);
    this.#terminals.get(id)?.hurry();
    this.#repeat.hurry(afterTyping);
  }

  /** The last lines that left a terminal at its top. Throws FleetError `failed` when there is none. */
  scrollback(id: string, lines: number): Promise<string[]> {
    return this.#place.scrollback(id, lines);
  }

  /** Looks no more, until somebody comes. */
  end(): Promise<void> {
    this.#repeat.stop();
    return this.#place.rest();
  }

  async #look(): Promise<number> {
    const begun = performance.now();
    const due = [...this.#terminals].filter(([, { dueAt }]) => dueAt <= begun);
    try {
      const wanted = due.map(([id, { seq }]) => ({ id, isShown: seq !== undefined }));
      const sights = wanted.length === 0 ? undefined : await this.#place.look(wanted);
      for (const [id, terminal] of this.#still(due)) this.#take(id, terminal, sights?.get(id));
    } catch (error) {
      for (const [id, terminal] of this.#still(due)) this.#end(id, terminal, asFleetError(error).message);
    }
    const now = performance.now();
    const waits = [...this.#terminals.values()].map(({ dueAt }) => dueAt - now);
    return Math.max(Math.min(...waits, this.#place.longestPause), this.#place.restOfLook * (now - begun), 1);
  }

  /** Those that somebody has not left in the meantime, be it to come back. */
  #still(due: readonly (readonly [string, Terminal])[]) {
    return due.filter(([id, terminal]) => this.#terminals.get(id) === terminal);
  }

  #take(id: string, terminal: Terminal, sight: Sight | undefined): void {
    if (sight === undefined) return;
    if (sight !== "same" && "gone" in sight) this.#end(id, terminal, sight.gone);
    else if (terminal.take(sight, this.#place.longestPause)) this.#listener.changed(id);
  }

  #end(id: string, terminal: Terminal, reason: string): void {
    terminal.dueAt = performance.now() + this.#place.searchPause;
    if (terminal.end(reason)) this.#listener.ended(id, reason);
  }
}
