import type { ShownAgent } from "../../api/agents.ts";
import { hasHosts } from "../../api/has-hosts.ts";
import { asFleetError, type FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { Repeat } from "./repeat.ts";

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
  readonly #listener: Listener;
  readonly #repeat = new Repeat(() => this.#look());
  #agents: readonly ShownAgent[] = [];

  constructor(fleet: Fleet, listener: Listener) {
    this.#fleet = fleet;
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

  /** Looks again soon, since something was changed from here. */
  hurry(): void {
    if (this.#agents.length > 0) this.#repeat.hurry(300);
  }

  async #look(): Promise<number> {
    if (!hasHosts(this.#fleet)) {
      this.#agents = [];
      return longestPause;
    }
    const begun = performance.now();
    try {
      const { lookAcross } = await import("../../api/across/list.ts");
      const { agents } = await lookAcross(this.#fleet, { cost: true, pss: false, fresh: false });
      this.#agents = agents;
      this.#listener.told();
    } catch (error) {
      this.#listener.failed(asFleetError(error));
    }
    const rest = restOfLook * (performance.now() - begun);
    return Math.max(shortestPause, Math.min(longestPause, rest));
  }
}
