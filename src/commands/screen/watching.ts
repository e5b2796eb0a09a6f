import type { ShownAgent } from "../../api/agents.ts";
import { HostsFeed } from "../../api/hosts-feed.ts";
import { look, type View } from "../../api/list.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { Progress } from "../../fleet/progress.ts";
import { oneLine } from "../../output/text.ts";
import { Repeat } from "../../system/repeat.ts";
import { quotaLine } from "../quota-view.ts";
import type { Outcome } from "./actions.ts";
import type { ScreenState } from "./state.ts";
import type { ScreenEvent } from "./update.ts";

/** How often agents are looked at; less often where that would take more of a core. */
const lookMilliseconds = 1000;
const slowestMilliseconds = 10_000;
const mostLoad = 0.022;
/** What git and tmux use while we look, beside what we use ourselves: three tenths of it, as measured with 300 agents. */
const loadOfOthers = 1.4;

interface WatchOptions {
  readonly view: View;
  /** Puts what was seen in the order and choice of the caller. */
  readonly arrange?: (agents: readonly ShownAgent[]) => readonly ShownAgent[];
}

/** Who is told of what is seen. */
interface WatchEvents {
  /** What is shown now. */
  state(): ScreenState;
  looked(event: ScreenEvent): void;
  failedToLook(error: unknown): void;
  /** Hosts cannot be asked. */
  failed(error: unknown): void;
  /** What came of something that a host was asked before it fell silent, which is told once. */
  heard(outcome: Outcome): void;
}

/** Looks at agents again and again, here and on hosts, while somebody sees them. */
export class Watching {
  readonly #fleet: Fleet;
  readonly #options: WatchOptions;
  readonly #events: WatchEvents;
  readonly #hosts: HostsFeed;
  readonly #looks = new Repeat(() => this.#look());

  constructor(fleet: Fleet, options: WatchOptions, events: WatchEvents) {
    this.#fleet = fleet;
    this.#options = options;
    this.#events = events;
    const fromHosts: Fleet = { ...fleet, report: (progress) => this.#hear(progress) };
    this.#hosts = new HostsFeed(fromHosts, options.view, {
      told: () => this.hurry(),
      failed: (error) => events.failed(error),
    });
  }

  /** Begins, also after `leave`. */
  start(): void {
    this.#hosts.follow();
    this.#looks.start();
  }

  /** Nobody sees the agents for a while. */
  leave(): void {
    this.#hosts.leave();
    this.#looks.stop();
  }

  /** Looks no more here; `end` ends what is said with hosts, too. */
  stop(): void {
    this.#looks.stop();
  }

  async end(): Promise<void> {
    await this.#hosts.end();
  }

  /** Looks here at once. */
  hurry(): void {
    this.#looks.hurry(0);
  }

  /** Looks everywhere at once. */
  hurryAll(): void {
    this.#hosts.hurry();
    this.hurry();
  }

  #hear(progress: Progress): void {
    if (progress.kind !== "note" && progress.kind !== "warning") return;
    this.#events.heard({ text: progress.text, isTrouble: progress.kind === "warning" });
  }

  /** The milliseconds after which to look again: more where a look takes more. */
  async #look(): Promise<number> {
    const before = process.cpuUsage();
    try {
      this.#events.looked(await this.#seen());
    } catch (error) {
      this.#events.failedToLook(error);
    }
    const { user, system } = process.cpuUsage(before);
    const wait = (((user + system) / 1000) * loadOfOthers) / mostLoad;
    return Math.min(slowestMilliseconds, Math.max(lookMilliseconds, wait));
  }

  async #seen(): Promise<ScreenEvent> {
    const { view, arrange = (agents) => agents } = this.#options;
    const state = this.#events.state();
    const isFirst = state.agents === undefined;
    const seen = await look(this.#fleet, {
      ...view,
      // Only a name may have to be asked for; else a host that is slow or silent is in nobody's way.
      ...(isFirst && view.targets.length > 0 ? {} : { elsewhere: this.#hosts.agents }),
      all_repositories: state.everywhere,
      often: !isFirst,
    });
    const now = new Date();
    const remarks = [...seen.quotas.map(({ agent, quota }) => quotaLine(agent, quota, now)), ...seen.warnings];
    return {
      kind: "looked",
      agents: arrange(seen.agents),
      elsewhere: seen.elsewhere.length,
      remarks: remarks.map(oneLine),
    };
  }
}
