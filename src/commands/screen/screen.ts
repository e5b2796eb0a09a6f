import type { ShownAgent } from "../../api/agents.ts";
import type { View } from "../../api/list.ts";
import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { type FullScreen, openFullScreen, terminalSize } from "../../output/full-screen.ts";
import type { Key } from "../../output/keys.ts";
import { oneLine } from "../../output/text.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { Application } from "../application.ts";
import { attachTo, switchesClient } from "../attach-to.ts";
import { type Outcome, questionOf } from "./actions.ts";
import { PreviewReader } from "./preview-reader.ts";
import { render, type ScreenStyle } from "./render.ts";
import { selectedAgent } from "./rows.ts";
import { type Effect, initialState } from "./state.ts";
import { type ScreenEvent, update } from "./update.ts";
import { Watching } from "./watching.ts";
import { Work, withHint } from "./work.ts";

/** What the screen shows at first. */
export interface ScreenOptions {
  readonly view: View;
  readonly style: ScreenStyle;
  /** Puts what was seen in the order and choice of the caller. */
  readonly arrange?: (agents: readonly ShownAgent[]) => readonly ShownAgent[];
  /** Only to choose an agent, which is the result. */
  readonly picks?: boolean;
}

/**
 * Shows agents on the whole terminal and does with them what the keys say, until the user leaves; what was begun is ended first. The
 * result is the agent that was chosen, where that is all there is to do. Throws what nobody expected, with the terminal put right.
 */
export async function openScreen(
  application: Application,
  fleet: Fleet,
  options: ScreenOptions,
): Promise<AgentEntry | undefined> {
  const screen = new Screen(application, fleet, options);
  return screen.run();
}

class Screen {
  readonly #application: Application;
  readonly #fleet: Fleet;
  readonly #options: ScreenOptions;
  readonly #ended = Promise.withResolvers<AgentEntry | undefined>();
  readonly #work: Work;
  readonly #watching: Watching;
  readonly #preview: PreviewReader;
  #state;
  #terminal: FullScreen | undefined;
  #isLent = false;
  #isLeaving = false;
  #isOver = false;
  /** Settled when the terminal is ours again. */
  #lending: Promise<void> = Promise.resolve();

  constructor(application: Application, fleet: Fleet, options: ScreenOptions) {
    this.#application = application;
    this.#options = options;
    // Standard error is the screen: what is to be said is said on its last lines.
    this.#fleet = {
      ...fleet,
      report: (progress) => {
        if (progress.kind === "warning") this.#tell({ text: progress.text, isTrouble: true });
      },
    };
    this.#preview = new PreviewReader(this.#fleet);
    this.#watching = new Watching(this.#fleet, options, {
      state: () => this.#state,
      looked: (event) => {
        this.#happen([event]);
        this.#readPreview({ anew: true });
      },
      failedToLook: (error) => this.#guarded(() => this.#failedToLook(error)),
      failed: (error) => this.#guarded(() => this.#failed(error)),
      heard: (outcome) => this.#guarded(() => this.#tell(outcome)),
    });
    this.#work = new Work(this.#fleet, {
      began: (what) => this.#happen([{ kind: "began", what }]),
      ended: (what, outcome) => this.#guarded(() => this.#happen([{ kind: "ended", what, ...outcome }])),
      broke: (error) => this.#ended.reject(error),
      settled: () => this.#watching.hurryAll(),
    });
    this.#state = initialState({
      size: terminalSize(),
      picks: options.picks === true,
      grouped: options.view.grouped,
      everywhere: options.view.all_repositories,
    });
  }

  async run(): Promise<AgentEntry | undefined> {
    const { cancelled, environment } = this.#application;
    const end = () => this.#ended.reject(cancelled.reason);
    cancelled.addEventListener("abort", end, { once: true });
    const hangUp = () => this.#ended.reject(new FleetError("terminated", "terminated: the terminal hung up"));
    process.on("SIGHUP", hangUp);
    this.#terminal = openFullScreen(environment, {
      onKeys: (keys) => this.#guarded(() => this.#press(keys)),
      onResize: (size) => this.#guarded(() => this.#happen([{ kind: "resized", size }])),
      onEnd: () => this.#ended.reject(noKeys()),
    });
    try {
      this.#draw();
      this.#watching.start();
      const chosen = await this.#ended.promise;
      await this.#terminal.close();
      await this.#finishWork();
      return chosen;
    } finally {
      this.#isOver = true;
      this.#watching.stop();
      process.off("SIGHUP", hangUp);
      cancelled.removeEventListener("abort", end);
      await this.#terminal.close();
      await this.#lending;
      await this.#watching.end();
    }
  }

  /** What was begun is not left half done, and who does not see the screen any more is told when it fails. */
  async #finishWork(): Promise<void> {
    if (this.#work.isDone) return;
    const { narration } = this.#application;
    narration.note(`${this.#state.running.join(", ")} ...`);
    await this.#work.finish();
    const { notice } = this.#state;
    if (notice?.isTrouble === true) narration.warning(oneLine(notice.text));
  }

  /** What is thrown where nobody waits would end the process with the terminal as it is. */
  #guarded(body: () => void): void {
    try {
      body();
    } catch (error) {
      this.#ended.reject(error);
    }
  }

  /** Keys that come in one go with one that leaves are for whoever has the terminal next, and must not end agents here. */
  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      if (this.#isLeaving || this.#isLent) return;
      this.#happen([{ kind: "key", key }]);
    }
  }

  #happen(events: readonly ScreenEvent[]): void {
    const effects: Effect[] = [];
    for (const event of events) {
      const { state, effects: more } = update(this.#state, event);
      this.#state = state;
      effects.push(...more);
    }
    this.#draw();
    for (const effect of effects) this.#do(effect);
    this.#readPreview({ anew: false });
  }

  #tell(outcome: Outcome): void {
    this.#happen([{ kind: "told", ...outcome }]);
  }

  #draw(): void {
    if (!this.#isLent) this.#terminal?.draw(render(this.#state, this.#options.style, Date.now()));
  }

  #do(effect: Effect): void {
    switch (effect.kind) {
      case "leave":
        this.#isLeaving = true;
        this.#ended.resolve(undefined);
        break;
      case "redraw":
        this.#terminal?.forget();
        this.#draw();
        break;
      case "look":
        this.#watching.hurry();
        break;
      case "suspend":
        this.#away((terminal) => terminal.suspend());
        break;
      case "mouse":
        this.#terminal?.takeMouse(effect.isOurs);
        break;
      case "attach":
        this.#attach(effect.id);
        break;
      case "ask":
        this.#ask(effect.id);
        break;
      default:
        this.#work.begin(effect, this.#state.agents ?? []);
    }
  }

  /** Somebody else has the terminal meanwhile, and nothing is drawn or looked at. */
  #away(use: (terminal: FullScreen) => Promise<void>): void {
    const terminal = this.#terminal;
    if (terminal === undefined || this.#isLent) return;
    this.#isLent = true;
    this.#watching.leave();
    this.#lending = use(terminal)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.#isLent = false;
        if (!this.#isOver) {
          this.#watching.start();
          this.#watching.hurry();
        }
        this.#guarded(() => this.#draw());
      });
  }

  #failed(error: unknown): void {
    if (error instanceof FleetError) this.#tell({ text: withHint(error), isTrouble: true });
    else this.#ended.reject(error);
  }

  #attach(id: string): void {
    const agent = this.#agents([id])[0];
    if (agent === undefined) return;
    if (this.#options.picks === true) {
      this.#isLeaving = true;
      this.#ended.resolve(agent.entry);
      return;
    }
    const enter = async () => {
      await attachTo(this.#application, this.#fleet, agent.entry, { readOnly: false });
    };
    if (agent.host === undefined && switchesClient(this.#application.environment, agent.entry))
      void this.#switched(enter);
    else this.#away((terminal) => terminal.lend(enter));
  }

  /** The client of tmux looks at the agent now. A popup, which has no pane, would still be above it. */
  async #switched(enter: () => Promise<void>): Promise<void> {
    try {
      await enter();
      if (this.#application.environment.TMUX_PANE === undefined) this.#ended.resolve(undefined);
    } catch (error) {
      this.#guarded(() => this.#failed(error));
    }
  }

  #ask(id: string): void {
    const agent = this.#agents([id])[0];
    if (agent === undefined) return;
    void questionOf(this.#fleet, agent).then(
      (question) => this.#guarded(() => this.#happen([{ kind: "asked", id, question }])),
      (error: unknown) => this.#guarded(() => this.#failed(error)),
    );
  }

  #agents(ids: readonly string[]): readonly ShownAgent[] {
    return (this.#state.agents ?? []).filter(({ entry }) => ids.includes(entry.id));
  }

  /** What cannot be seen at first is an error of the command; later it is told and tried again. */
  #failedToLook(error: unknown): void {
    if (this.#state.agents === undefined) this.#ended.reject(error);
    else this.#failed(error);
  }

  #readPreview({ anew }: { readonly anew: boolean }): void {
    const { shows, preview } = this.#state;
    const agent = selectedAgent(this.#state);
    if (shows === undefined || agent === undefined || this.#isLent) return;
    void this.#preview
      .read(agent, shows, preview, anew)
      .then((read) => {
        if (read !== undefined) this.#guarded(() => this.#happen([{ kind: "previewed", preview: read }]));
      })
      .catch((error: unknown) => this.#ended.reject(error));
  }
}

function noKeys(): FleetError {
  return new FleetError("failed", "the terminal hands over no keys", {
    hint: "it may belong to another session, as under setsid; to look once, run fleet list",
  });
}
