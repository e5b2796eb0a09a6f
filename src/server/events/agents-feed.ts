import { agentAsJson } from "../../api/agents.ts";
import { HostsFeed } from "../../api/hosts-feed.ts";
import { look } from "../../api/list.ts";
import { asFleetError, type FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { settleDeadOperations } from "../../fleet/operations/settle.ts";
import { Repeat } from "../../system/repeat.ts";
import { Versioned } from "./versioned.ts";

/** Everything a page shows of the agents of this machine, of all repositories; those of others are looked at apart. */
const view = {
  targets: [],
  all: false,
  all_repositories: true,
  except: [],
  grouped: false,
  cost: true,
  pss: false,
  fresh: false,
  overlap: false,
  hosts: false,
  repository: undefined,
};

const shortestPause = 1000;
const longestPause = 5000;
/** A look is followed by so many times as long of rest. */
const restOfLook = 10;
/** What a killed `fleet` left half done is looked for each so many looks. */
const looksPerSettling = 15;

interface Listener {
  /** There is something new. */
  readonly changed: () => void;
  readonly failed: (error: FleetError) => void;
}

/** One look at all agents for everybody who follows them, and none while nobody does. */
export class AgentsFeed {
  readonly #fleet: Fleet;
  readonly #refresh: () => Promise<void>;
  readonly #listener: Listener;
  readonly #agents = new Versioned<string>();
  readonly #messages = new Map<number, string>();
  readonly #repeat = new Repeat(() => this.#look());
  readonly #hosts: HostsFeed;
  #followers = 0;
  #looks = 0;
  #lookedAt: number | undefined;
  /** What the last look failed with. */
  #failure: string | undefined;

  /** `refresh` is called before each look. */
  constructor(fleet: Fleet, refresh: () => Promise<void>, listener: Listener) {
    this.#fleet = fleet;
    this.#refresh = refresh;
    this.#listener = listener;
    this.#hosts = new HostsFeed(fleet, view, {
      told: () => this.#repeat.hurry(0),
      failed: (error) => this.#fail(error),
    });
  }

  /** The number of the last change; nothing before there was a look that is worth telling. */
  get seq(): number | undefined {
    return this.#isFresh ? this.#agents.seq : undefined;
  }

  follow(): void {
    this.#followers += 1;
    this.#repeat.start();
    this.#hosts.follow();
  }

  leave(): void {
    this.#followers -= 1;
    if (this.#followers > 0) return;
    this.#repeat.stop();
    this.#hosts.leave();
  }

  /** Looks again soon, since something was changed from here. */
  hurry(): void {
    this.#repeat.hurry(100);
    this.#hosts.hurry();
  }

  /** What brings somebody up to date who has followed up to `seq`, or not at all. */
  messageSince(seq: number | undefined): string {
    const known = this.#messages.get(seq ?? -1);
    if (known !== undefined) return known;
    const message = this.#message(seq);
    this.#messages.set(seq ?? -1, message);
    return message;
  }

  get #isFresh(): boolean {
    return this.#lookedAt !== undefined && performance.now() - this.#lookedAt < 3 * longestPause;
  }

  #message(seq: number | undefined): string {
    const at = new Date().toISOString();
    const changes = seq === undefined ? undefined : this.#agents.since(seq);
    if (changes === undefined) {
      return `{"type":"snapshot","seq":${this.#agents.seq},"at":"${at}","agents":[${this.#agents.all().join()}]}`;
    }
    const changed = changes.changed.map(([, text]) => text).join();
    const gone = JSON.stringify(changes.gone);
    return `{"type":"delta","seq":${this.#agents.seq},"since":${seq},"at":"${at}","changed":[${changed}],"gone":${gone}}`;
  }

  async #look(): Promise<number> {
    const begun = performance.now();
    try {
      await this.#refresh();
      if (this.#looks % looksPerSettling === 0) await settleDeadOperations(this.#fleet);
      this.#looks += 1;
      const { agents } = await look(this.#fleet, { ...view, elsewhere: this.#hosts.agents });
      const wasFresh = this.#isFresh;
      const texts = agents.map((agent) => [agent.entry.id, JSON.stringify(agentAsJson(agent))] as const);
      const isNew = this.#agents.update(new Map(texts));
      this.#lookedAt = performance.now();
      this.#failure = undefined;
      if (isNew || !wasFresh) {
        this.#messages.clear();
        this.#listener.changed();
      }
    } catch (error) {
      this.#fail(asFleetError(error));
    }
    const rest = restOfLook * (performance.now() - begun);
    return Math.max(shortestPause, Math.min(longestPause, rest));
  }

  /** A look that fails is told once, not again each second. */
  #fail(error: FleetError): void {
    if (this.#failure === error.message) return;
    this.#failure = error.message;
    this.#listener.failed(error);
  }
}
