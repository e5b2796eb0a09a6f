import { hasHosts } from "../../api/has-hosts.ts";
import { type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { readAway } from "../../state/away.ts";
import type { Typed } from "../../system/tmux/typing.ts";
import { FarTerminals } from "./far-terminals.ts";
import { LocalTerminals } from "./local-terminals.ts";
import { TerminalsFeed, type TerminalsListener } from "./terminals-feed.ts";

/** The terminals of agents, on whichever machine: each machine is looked at apart, so that a slow one holds up no other. */
export class Terminals {
  readonly #fleet: Fleet;
  readonly #listener: TerminalsListener;
  readonly #local: TerminalsFeed;
  readonly #far = new Map<string, TerminalsFeed>();
  /** Where those are that somebody looks at. */
  readonly #feeds = new Map<string, TerminalsFeed>();

  constructor(fleet: Fleet, listener: TerminalsListener) {
    this.#fleet = fleet;
    this.#listener = listener;
    this.#local = new TerminalsFeed(new LocalTerminals(fleet), listener);
  }

  /** An agent that moves to another machine is followed where it was, until somebody begins anew. */
  follow(id: string): void {
    const feed = this.#feeds.get(id) ?? this.#placeOf(id);
    this.#feeds.set(id, feed);
    feed.follow(id);
  }

  leave(id: string): void {
    if (this.#feeds.get(id)?.leave(id) === false) this.#feeds.delete(id);
  }

  /** The number of the last change of a screen; nothing while there is none to see. */
  seq(id: string): number | undefined {
    return this.#feeds.get(id)?.seq(id);
  }

  /** What brings somebody up to date who has followed this terminal up to `seq`, or not at all. */
  messageSince(id: string, seq: number | undefined): string | undefined {
    return this.#feeds.get(id)?.messageSince(id, seq);
  }

  /** Types into a terminal that is followed. Throws FleetError `failed` when there is none. */
  async type(id: string, typed: Typed): Promise<void> {
    await (this.#feeds.get(id) ?? this.#local).type(id, typed);
  }

  /** The last lines that left a terminal that is followed at its top. Throws FleetError `failed` when there is none. */
  scrollback(id: string, lines: number): Promise<string[]> {
    return (this.#feeds.get(id) ?? this.#local).scrollback(id, lines);
  }

  /** Lets go of all machines. */
  async end(): Promise<void> {
    await Promise.all([this.#local, ...this.#far.values()].map((feed) => feed.end()));
  }

  #placeOf(id: string): TerminalsFeed {
    const host = hasHosts(this.#fleet) ? readAway(statePlaces(this.#fleet), id)?.host : undefined;
    if (host === undefined) return this.#local;
    const feed = this.#far.get(host) ?? new TerminalsFeed(new FarTerminals(this.#fleet, host), this.#listener);
    this.#far.set(host, feed);
    return feed;
  }
}
