import type { HostScreen, HostTerminals } from "../../api/across/terminals.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Typed } from "../../system/tmux/typing.ts";
import type { Sight, TerminalPlace, Wanted } from "./terminals-feed.ts";

/** The terminals of another machine, over one link that is there while somebody looks. What changes is all that comes over it. */
export class FarTerminals implements TerminalPlace {
  readonly longestPause = 2000;
  readonly searchPause = 5000;
  readonly restOfLook = 1;
  readonly #fleet: Fleet;
  readonly #host: string;
  readonly #marks = new Map<string, string>();
  #link: Promise<HostTerminals> | undefined;

  constructor(fleet: Fleet, host: string) {
    this.#fleet = fleet;
    this.#host = host;
  }

  async look(wanted: readonly Wanted[]): Promise<ReadonlyMap<string, Sight>> {
    const link = this.#open();
    try {
      const known = wanted.map(({ id, isShown }) => [id, isShown ? this.#marks.get(id) : undefined] as const);
      const screens = await (await link).look(new Map(known));
      return new Map(wanted.map(({ id }) => [id, this.#sight(id, screens.get(id))]));
    } catch (error) {
      this.#marks.clear();
      await this.#letGo(link);
      throw error;
    }
  }

  async type(id: string, typed: Typed): Promise<void> {
    await (await this.#open()).type(id, typed);
  }

  async scrollback(id: string, lines: number): Promise<string[]> {
    return (await this.#open()).scrollback(id, lines);
  }

  forget(id: string): void {
    this.#marks.delete(id);
  }

  async rest(): Promise<void> {
    if (this.#link !== undefined) await this.#letGo(this.#link);
  }

  /** Closes a link; another one may have been opened by then, which stays. */
  async #letGo(link: Promise<HostTerminals>): Promise<void> {
    if (this.#link === link) this.#link = undefined;
    await link.then(
      (opened) => opened.close(),
      // Whoever waited for it has been told.
      () => undefined,
    );
  }

  #sight(id: string, told: HostScreen | undefined): Sight {
    if (told === undefined) {
      this.#marks.delete(id);
      return { gone: `its session on ${this.#host} has ended` };
    }
    this.#marks.set(id, told.mark);
    return told.screen ?? "same";
  }

  #open(): Promise<HostTerminals> {
    this.#link ??= import("../../api/across/terminals.ts").then(({ openTerminals }) =>
      openTerminals(this.#fleet, this.#host),
    );
    return this.#link;
  }
}
