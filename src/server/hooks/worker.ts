import { dirname, join } from "node:path";
import { type FleetError, withHint } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { withLock } from "../../system/lock.ts";
import { actOn } from "./act.ts";
import type { HookEvent } from "./event.ts";
import { Follower } from "./follow.ts";
import { isPassing } from "./passing.ts";
import { type DeliveryKey, Queue, type Queued } from "./queue.ts";

const firstPause = 5000;
const longestPause = 300_000;
/** What could not be done for a day is given up. */
const patienceMilliseconds = 24 * 3600 * 1000;
const tickMilliseconds = 1000;

/** Deals with what webhooks have brought, one delivery after another, in the order in which they came. */
export class Worker {
  readonly #fleet: Fleet;
  readonly #queue: Queue;
  /** Of several servers one works at a time. */
  readonly #lock: string;
  readonly #follower: Follower;
  readonly #later = new Map<string, { readonly tries: number; readonly at: number }>();
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(fleet: Fleet) {
    const folder = join(dirname(fleet.settings.file), "hooks");
    this.#fleet = fleet;
    this.#queue = new Queue(folder);
    this.#lock = join(folder, "worker.lock");
    this.#follower = new Follower(fleet, join(folder, "following"), (text) => this.#say(text));
  }

  /** Takes a delivery, which is on disk afterwards, and goes to work. */
  async add(key: DeliveryKey, event: HookEvent): Promise<"taken" | "repeat" | "full"> {
    const taken = await this.#queue.add(key, event);
    if (taken === "taken") this.start();
    return taken;
  }

  /** Goes on with what is there, if there is anything. */
  start(): void {
    if (this.#running !== undefined || this.#stopped) return;
    this.#running = this.#work().finally(() => {
      this.#running = undefined;
      if (this.#hasWork && !this.#stopped) this.start();
    });
  }

  /** Ends after what it is at; the rest is on disk. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
  }

  get #hasWork(): boolean {
    return this.#queue.pending().length > 0 || !this.#follower.isIdle;
  }

  async #work(): Promise<void> {
    while (this.#hasWork && !this.#stopped && !this.#fleet.cancelled.aborted) {
      const due = this.#queue.pending().find(({ name }) => (this.#later.get(name)?.at ?? 0) <= Date.now());
      try {
        if (due !== undefined) await this.#alone(() => this.#deal(due));
        else if (this.#follower.isIdle) await Bun.sleep(tickMilliseconds);
        else await this.#alone(() => this.#follower.look());
      } catch (error) {
        if (this.#fleet.cancelled.aborted) return;
        this.#say(withHint(error));
        await Bun.sleep(tickMilliseconds);
      }
    }
  }

  #alone(body: () => Promise<void>): Promise<void> {
    return withLock(this.#lock, { cancelled: this.#fleet.cancelled }, body);
  }

  async #deal(queued: Queued): Promise<void> {
    if (!this.#queue.isOpen(queued)) return;
    const { event } = queued;
    const { webhooks } = this.#fleet.settings.config;
    if (webhooks === undefined) return this.#end(queued, "there are no webhooks any more");
    try {
      // A ticket has its agents once, however often it is asked for; of what an agent is told it has to be known.
      const isRepeated = "branch" in event && (await this.#queue.begin(queued)) === "again";
      const { text, rule, agents } = await actOn(this.#fleet, webhooks, event, isRepeated);
      // Noted before the delivery is done: a crash between the two does it again, and harms nothing.
      if (rule !== undefined) this.#follower.follow(agents, { directory: rule.directory, finish: rule.finish });
      await this.#end(queued, text);
    } catch (error) {
      if (this.#fleet.cancelled.aborted) throw error;
      if (isPassing(error) && Date.now() - queued.at < patienceMilliseconds) return this.#put(queued, error);
      await this.#end(queued, withHint(error));
    }
  }

  #put(queued: Queued, { message, code }: FleetError): void {
    const tries = (this.#later.get(queued.name)?.tries ?? 0) + 1;
    const pause = code === "no-room" ? firstPause : Math.min(longestPause, firstPause * 2 ** (tries - 1));
    this.#later.set(queued.name, { tries, at: Date.now() + pause });
    if (tries === 1) this.#say(`${titleOf(queued.event)} waits: ${message}`);
  }

  async #end(queued: Queued, outcome: string): Promise<void> {
    this.#later.delete(queued.name);
    await this.#queue.finish(queued, outcome);
    this.#say(`${titleOf(queued.event)}: ${outcome}`);
  }

  #say(text: string): void {
    this.#fleet.report({ kind: "note", text });
  }
}

function titleOf(event: HookEvent): string {
  if ("branch" in event) return `${event.source} ${event.kind} on ${event.branch}`;
  return `${event.source} ${event.kind} on ${event.kind === "comment" ? event.reference.key : event.ticket.key}`;
}

const workers = new Map<string, Worker>();

/** The worker of this process for a fleet, which knows what was left by an earlier one. */
export function workerOf(fleet: Fleet): Worker {
  const before = workers.get(fleet.settings.file);
  if (before !== undefined) return before;
  const made = new Worker(fleet);
  workers.set(fleet.settings.file, made);
  return made;
}
