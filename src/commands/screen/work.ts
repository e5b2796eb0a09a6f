import type { ShownAgent } from "../../api/agents.ts";
import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Outcome } from "./actions.ts";
import { type Action, nameOf, perform } from "./perform.ts";

/** Who is told of work: `what` is its name, `killing fix-42`. */
interface WorkEvents {
  began(what: string): void;
  ended(what: string, outcome: Outcome): void;
  /** What nobody expected was thrown. */
  broke(error: unknown): void;
  /** After each, however it ended. */
  settled(): void;
}

/** What was begun by keys and takes a while. */
export class Work {
  readonly #fleet: Fleet;
  readonly #events: WorkEvents;
  readonly #running = new Set<Promise<void>>();

  constructor(fleet: Fleet, events: WorkEvents) {
    this.#fleet = fleet;
    this.#events = events;
  }

  get isDone(): boolean {
    return this.#running.size === 0;
  }

  /** Waits for all that was begun. */
  async finish(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Does something to agents of those that are there now. */
  begin(action: Action, agents: readonly ShownAgent[]): void {
    const what = nameOf(action, agents);
    this.#events.began(what);
    const done = perform(this.#fleet, agents, action)
      .catch((error: unknown): Outcome => {
        if (error instanceof FleetError) return { text: withHint(error), isTrouble: true };
        this.#events.broke(error);
        return { text: "", isTrouble: true };
      })
      .then((outcome) => this.#events.ended(what, outcome))
      .finally(() => {
        this.#running.delete(done);
        this.#events.settled();
      });
    this.#running.add(done);
  }
}

/** What is wrong and what to do about it, on one line. */
export function withHint({ message, hint }: FleetError): string {
  return hint === undefined ? message : `${message}; ${hint}`;
}
