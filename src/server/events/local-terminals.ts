import { FleetError } from "../../errors.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { typeToAgent } from "../../fleet/talk/type.ts";
import { type AgentPane, panesOfAgents, screensOf, scrollbackOf } from "../../fleet/watch/screens.ts";
import { readRegistry } from "../../state/registry.ts";
import type { Typed } from "../../system/tmux/typing.ts";
import type { Sight, TerminalPlace, Wanted } from "./terminals-feed.ts";

/** The terminals of this machine. No program of ours is attached to tmux, which would have to be read from at all times, or the agents wait. */
export class LocalTerminals implements TerminalPlace {
  readonly longestPause = 1000;
  readonly searchPause = 2000;
  readonly restOfLook = 2;
  readonly #fleet: Fleet;
  readonly #panes = new Map<string, AgentPane>();

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  async look(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, Sight>> {
    const ids = wanted.map(({ id }) => id);
    const gone = await this.#search(ids.filter((id) => !this.#panes.has(id)));
    const screens = await screensOf(
      this.#fleet,
      ids.flatMap((id) => this.#panes.get(id) ?? []),
    );
    // One whose pane is gone may have another by now: it is searched for the next time.
    for (const id of ids) if (!screens.has(id)) this.#panes.delete(id);
    return new Map<string, Sight>([...gone, ...screens]);
  }

  async type(id: string, typed: Typed): Promise<void> {
    await typeToAgent(this.#fleet, this.#required(id), typed);
  }

  async scrollback(id: string, lines: number): Promise<string[]> {
    return scrollbackOf(this.#fleet, this.#required(id), lines);
  }

  forget(id: string): void {
    this.#panes.delete(id);
  }

  async rest(): Promise<void> {}

  /** Finds the panes of those that have none, at first and after a start of tmux or of the agent; says why there is none. */
  async #search(ids: readonly string[]): Promise<[string, Sight][]> {
    if (ids.length === 0) return [];
    const wanted = readRegistry(statePlaces(this.#fleet)).filter(({ id }) => ids.includes(id));
    const panes = await panesOfAgents(this.#fleet, wanted);
    for (const [id, pane] of panes) this.#panes.set(id, pane);
    const known = new Set(wanted.map(({ id }) => id));
    return ids.flatMap((id): [string, Sight][] => {
      if (panes.has(id)) return [];
      return [[id, { gone: known.has(id) ? "its session has ended" : "there is no such agent any more" }]];
    });
  }

  #required(id: string): AgentPane {
    const pane = this.#panes.get(id);
    if (pane !== undefined) return pane;
    throw new FleetError("failed", "this agent has no terminal now", {
      code: "no-terminal",
      hint: "to see what became of it, run fleet list",
    });
  }
}
