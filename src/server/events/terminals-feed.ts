import { asFleetError, FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { typeToAgent } from "../../fleet/talk/type.ts";
import { type AgentPane, panesOfAgents, screensOf, scrollbackOf } from "../../fleet/watch/screens.ts";
import { awayAgents } from "../../state/away.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readRegistry } from "../../state/registry.ts";
import { Repeat } from "../../system/repeat.ts";
import type { Screen, Typed } from "../../system/tmux/panes.ts";
import { Versioned } from "./versioned.ts";

const shortestPause = 100;
const longestPause = 1000;
/** How much longer a screen is left alone that has not changed. */
const slower = 1.5;
const afterTyping = 25;
/** A terminal that is not there is looked for so often. */
const searchPause = 2000;
/** Looking at screens is followed by so many times as long of rest. */
const restOfLook = 2;

/** A terminal that somebody looks at. */
interface Terminal {
  readonly lines: Versioned<number>;
  followers: number;
  shown: AgentPane | undefined;
  screen: Screen | undefined;
  /** The change of `lines` since which its size is what it is: who has followed less far needs all of it. */
  sizedAt: number;
  pause: number;
  dueAt: number;
  /** Why there is nothing to see, once it has been told. */
  ended: string | undefined;
}

/** What has happened to a terminal. */
interface Listener {
  readonly changed: (id: string) => void;
  readonly ended: (id: string, reason: string) => void;
}

/**
 * The screens of the agents that somebody looks at, read for all of them at once, as often as they change. No program of ours is attached to
 * tmux, which would have to be read from at all times, or the agents wait.
 */
export class TerminalsFeed {
  readonly #fleet: Fleet;
  readonly #listener: Listener;
  readonly #terminals = new Map<string, Terminal>();
  readonly #repeat = new Repeat(() => this.#look());
  #searchedAt = Number.NEGATIVE_INFINITY;

  constructor(fleet: Fleet, listener: Listener) {
    this.#fleet = fleet;
    this.#listener = listener;
  }

  follow(id: string): void {
    const terminal = this.#terminals.get(id) ?? newTerminal();
    terminal.followers += 1;
    terminal.dueAt = 0;
    // One who comes later has to be told as well.
    terminal.ended = undefined;
    this.#terminals.set(id, terminal);
    this.#searchedAt = Number.NEGATIVE_INFINITY;
    this.#repeat.start();
    this.#repeat.hurry(0);
  }

  leave(id: string): void {
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) return;
    terminal.followers -= 1;
    if (terminal.followers === 0) this.#terminals.delete(id);
    if (this.#terminals.size === 0) this.#repeat.stop();
  }

  /** The number of the last change of a screen; nothing while there is none to see. */
  seq(id: string): number | undefined {
    const terminal = this.#terminals.get(id);
    return terminal?.screen === undefined ? undefined : terminal.lines.seq;
  }

  /** What brings somebody up to date who has followed this terminal up to `seq`, or not at all. */
  messageSince(id: string, seq: number | undefined): string | undefined {
    const { screen, lines, sizedAt } = this.#terminals.get(id) ?? {};
    if (screen === undefined || lines === undefined || sizedAt === undefined) return undefined;
    const { columns, rows, cursor, title } = screen;
    const frame = { type: "terminal", id, seq: lines.seq, cursor, title };
    const changes = seq === undefined || seq < sizedAt ? undefined : lines.since(seq);
    const news =
      changes === undefined
        ? { whole: true, columns, rows, lines: screen.lines }
        : { whole: false, changed: changes.changed.flatMap(([row, text]) => (row < 0 ? [] : [[row, text]])) };
    return JSON.stringify({ ...frame, ...news });
  }

  /** Types into a terminal. Throws FleetError `failed` when there is none. */
  async type(id: string, typed: Typed): Promise<void> {
    await typeToAgent(this.#fleet, this.#required(id), typed);
    const terminal = this.#terminals.get(id);
    if (terminal === undefined) return;
    terminal.dueAt = 0;
    terminal.pause = shortestPause;
    this.#repeat.hurry(afterTyping);
  }

  /** The last lines that left a terminal at its top. Throws FleetError `failed` when there is none. */
  async scrollback(id: string, lines: number): Promise<string[]> {
    return scrollbackOf(this.#fleet, this.#required(id), lines);
  }

  #required(id: string): AgentPane {
    const shown = this.#terminals.get(id)?.shown;
    if (shown !== undefined) return shown;
    throw new FleetError("failed", "this agent has no terminal now", {
      code: "no-terminal",
      hint: "to see what became of it, run fleet list",
    });
  }

  async #look(): Promise<number> {
    const begun = performance.now();
    try {
      await this.#search(begun);
      const due = [...this.#terminals].filter(([, { dueAt, shown }]) => shown !== undefined && dueAt <= begun);
      const screens = await screensOf(
        this.#fleet,
        due.flatMap(([, { shown }]) => shown ?? []),
      );
      for (const [id, terminal] of due) this.#take(id, terminal, screens.get(id));
    } catch (error) {
      for (const [id, terminal] of this.#terminals) this.#end(id, terminal, asFleetError(error).message);
    }
    return this.#pause(performance.now() - begun);
  }

  /** Finds the panes of those that have none, at first and after a start of tmux or of the agent. */
  async #search(now: number): Promise<void> {
    const without = [...this.#terminals].filter(([, { shown }]) => shown === undefined);
    if (without.length === 0 || now - this.#searchedAt < searchPause) return;
    this.#searchedAt = now;
    const entries = readRegistry(statePlaces(this.#fleet));
    const wanted = entries.filter(({ id }) => without.some(([each]) => each === id));
    const panes = await panesOfAgents(this.#fleet, wanted);
    for (const [id, terminal] of without) {
      terminal.shown = panes.get(id);
      terminal.dueAt = 0;
      if (terminal.shown !== undefined) continue;
      this.#end(id, terminal, this.#whyNone(id, wanted));
    }
  }

  #whyNone(id: string, here: readonly AgentEntry[]): string {
    if (here.some((entry) => entry.id === id)) return "its session has ended";
    const away = awayAgents(statePlaces(this.#fleet)).find(({ entry }) => entry.id === id);
    return away === undefined ? "there is no such agent any more" : `it is on ${away.host}`;
  }

  #take(id: string, terminal: Terminal, screen: Screen | undefined): void {
    if (screen === undefined) {
      terminal.shown = undefined;
      return;
    }
    const { columns, rows, lines, cursor, title } = screen;
    const before = terminal.screen;
    const resized = before === undefined || before.columns !== columns || before.rows !== rows;
    // The cursor and the title are one line more, that no row has.
    const rest = JSON.stringify([cursor, title, columns, rows]);
    const changed = terminal.lines.update(new Map([...lines.entries(), [-1, rest] as const]));
    terminal.screen = screen;
    terminal.ended = undefined;
    if (resized) terminal.sizedAt = terminal.lines.seq;
    terminal.pause = changed ? shortestPause : Math.min(longestPause, terminal.pause * slower);
    terminal.dueAt = performance.now() + terminal.pause;
    if (changed || resized) this.#listener.changed(id);
  }

  #end(id: string, terminal: Terminal, reason: string): void {
    terminal.shown = undefined;
    terminal.screen = undefined;
    if (terminal.ended === reason) return;
    terminal.ended = reason;
    this.#listener.ended(id, reason);
  }

  #pause(took: number): number {
    const now = performance.now();
    const waits = [...this.#terminals.values()].map(({ shown, dueAt }) =>
      shown === undefined ? this.#searchedAt + searchPause - now : dueAt - now,
    );
    return Math.max(Math.min(...waits, longestPause), restOfLook * took, 1);
  }
}

function newTerminal(): Terminal {
  return {
    lines: new Versioned(),
    followers: 0,
    shown: undefined,
    screen: undefined,
    sizedAt: 0,
    pause: shortestPause,
    dueAt: 0,
    ended: undefined,
  };
}
