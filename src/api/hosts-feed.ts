import { asFleetError, FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { awayAgents } from "../state/away.ts";
import { Repeat } from "../system/repeat.ts";
import type { LookingAcross } from "./across/list.ts";
import type { ShownAgent } from "./agents.ts";
import { hasHosts } from "./has-hosts.ts";

/** A call over the network: seldom, but as often as somebody who waits for an agent looks. */
const shortestPause = 3000;
const longestPause = 15_000;
/** A look is followed by so many times as long of rest. */
const restOfLook = 10;

interface Listener {
  /** The hosts have answered. */
  readonly told: () => void;
  readonly failed: (error: FleetError) => void;
}

/** What the agents on other machines are doing: one look for everybody who follows agents, which the agents of this machine do not wait for. */
export class HostsFeed {
  readonly #fleet: Fleet;
  readonly #looking: LookingAcross;
  readonly #listener: Listener;
  readonly #repeat = new Repeat(() => this.#lookOnce());
  readonly #over = new AbortController();
  #agents: readonly ShownAgent[] = [];
  #current: Promise<unknown> = Promise.resolve();

  constructor(fleet: Fleet, looking: LookingAcross, listener: Listener) {
    this.#fleet = fleet;
    this.#looking = looking;
    this.#listener = listener;
  }

  /** As their hosts have said last; of a host that is silent, as they were known last. */
  get agents(): readonly ShownAgent[] {
    return this.#agents;
  }

  follow(): void {
    this.#repeat.start();
  }

  leave(): void {
    this.#repeat.stop();
  }

  /** Nobody will follow any more: a look that is under way ends, too. */
  async end(): Promise<void> {
    this.leave();
    this.#over.abort(new FleetError("terminated", "nobody follows the hosts any more"));
    await this.#current;
  }

  /** Looks again soon, since something was changed from here. */
  hurry(): void {
    if (hasHosts(this.#fleet) && awayAgents(statePlaces(this.#fleet)).length > 0) this.#repeat.hurry(300);
  }

  #lookOnce(): Promise<number> {
    const look = this.#look();
    this.#current = look;
    return look;
  }

  async #look(): Promise<number> {
    if (!hasHosts(this.#fleet)) {
      this.#agents = [];
      return longestPause;
    }
    const begun = performance.now();
    try {
      const { lookAcross } = await import("./across/list.ts");
      const cancelled = AbortSignal.any([this.#fleet.cancelled, this.#over.signal]);
      const { agents } = await lookAcross({ ...this.#fleet, cancelled }, this.#looking);
      this.#agents = agents;
      this.#listener.told();
    } catch (error) {
      if (!this.#over.signal.aborted) this.#listener.failed(asFleetError(error));
    }
    const rest = restOfLook * (performance.now() - begun);
    return Math.max(shortestPause, Math.min(longestPause, rest));
  }
}
