import { isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { AgentFiles } from "../../state/places.ts";
import { adoption } from "../../system/processes/adoption.ts";
import { type TmuxServer, tmuxFailure } from "../../system/tmux/server.ts";
import { type CreatedSession, createSessions, type NewSession } from "../../system/tmux/sessions.ts";

interface Waiting {
  readonly session: NewSession;
  readonly resolve: (created: CreatedSession) => void;
  readonly reject: (error: unknown) => void;
}

/** How long a session waits for others: a call of tmux for each would cost as much again as the sessions themselves. */
const gatherMilliseconds = 40;

/**
 * Creates sessions as they become ready, those that do so within a moment and while tmux is busy in one call. Many tmux clients at a time
 * would be slower, and beyond a hundred some are turned away. Nothing waits once all that are `expected` are there.
 */
export class SessionStarter {
  readonly #server: TmuxServer;
  #expected: number;
  #stopGathering = () => {};
  #waiting: Waiting[] = [];
  #busy = false;

  constructor(server: TmuxServer, expected: number) {
    this.#server = server;
    this.#expected = expected;
  }

  /** Creates one session. Throws FleetError `failed` with tmux's words. */
  create(session: NewSession): Promise<CreatedSession> {
    const { promise, resolve, reject } = Promise.withResolvers<CreatedSession>();
    this.#waiting.push({ session, resolve, reject });
    this.#expected -= 1;
    if (this.#expected === 0) this.#stopGathering();
    if (!this.#busy) void this.#work();
    return promise;
  }

  async #work(): Promise<void> {
    this.#busy = true;
    while (this.#waiting.length > 0) {
      await this.#gather();
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        this.#settle(
          batch,
          await createSessions(
            this.#server,
            batch.map(({ session }) => session),
          ),
        );
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#busy = false;
  }

  /** Waits a moment for others, unless all are there. */
  async #gather(): Promise<void> {
    if (this.#expected === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#stopGathering = resolve;
    const timer = setTimeout(resolve, gatherMilliseconds);
    await promise;
    clearTimeout(timer);
  }

  /** The first that was not created is the one tmux stopped at; those behind it were not tried and come next. */
  #settle(batch: readonly Waiting[], { created, failure }: Awaited<ReturnType<typeof createSessions>>): void {
    const missing = batch.filter(({ session, resolve }) => {
      const found = created.find(({ name }) => name === session.name);
      if (found !== undefined) resolve(found);
      return found === undefined;
    });
    const [failed, ...untried] = missing;
    if (failed === undefined) return;
    failed.reject(
      failure === undefined
        ? new Error(`tmux did not create ${failed.session.name}`)
        : tmuxFailure(this.#server, failure),
    );
    this.#waiting.unshift(...untried);
  }
}

/**
 * Where the user is, and how to leave: in the status line of our sessions alone. Names come in as values of options, which tmux does
 * not expand again. Whoever came from another session goes back to it, since detaching would end their whole client.
 */
const statusLine = {
  "status-left": " #{@fleet_branch}#{?pane_dead, (has ended),}  ",
  "status-left-length": "200",
  "status-right": " #{@fleet_agent} | #{?client_last_session,back: #{prefix} L,leave: #{prefix} d} ",
};

/** What else they say of an agent, by the field that it stands in. */
const identity = {
  "@fleet_id": "id",
  "@fleet_branch": "branch",
  "@fleet_repo": "repo",
  "@fleet_worktree": "worktree",
  "@fleet_agent": "agent",
  "@fleet_batch": "batch_id",
} as const;

/** The names of all options that make a session that of an agent. */
export const agentOptions: readonly string[] = [...Object.keys(statusLine), ...Object.keys(identity)];

/**
 * The session of an agent: its launcher as the pane's program, and who it belongs to as options that others can read. From a sandbox with
 * process ids of its own nothing gets out, and an engine for containers is to find its own processes where it left them.
 */
export function agentSession(entry: AgentEntry, files: AgentFiles, { adopts } = { adopts: true }): NewSession {
  return {
    name: entry.session,
    window: entry.branch,
    owner: entry.id,
    directory: entry.worktree,
    argv: ["/bin/sh", files.launcher, ...(adopts && !isIsolated(entry.sandbox) ? adoption : [])],
    options: {
      ...statusLine,
      ...Object.fromEntries(Object.entries(identity).map(([option, field]) => [option, entry[field]])),
    },
  };
}
