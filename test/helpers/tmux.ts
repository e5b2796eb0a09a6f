import { existsSync, mkdirSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { type Environment, output } from "./run.ts";

/** Between the fields of a row. tmux writes control characters, such as a tab in a name, escaped, since 3.4 also its own. */
const separator = "\x1f";
const separators = /\x1f|\\037/;

const noServer = /no server running on|error connecting to .* \(No such file|server exited|lost server/;

export interface TmuxSession {
  /** `$3`: exact as a target, unlike a name. */
  readonly id: string;
  readonly name: string;
  readonly attachedClients: number;
}

export interface TmuxPane {
  /** `%5` */
  readonly id: string;
  readonly session: string;
  readonly pid: number;
  readonly dead: boolean;
  /** Known some time after the pane is dead, see `reap`; 128 + N after signal N, as a shell says it. */
  readonly exitCode: number | undefined;
  /** The name of the process in the foreground. */
  readonly command: string;
  readonly path: string;
  readonly title: string;
}

/** A tmux server as another program sees it. */
export class TmuxServer {
  readonly socket: string;
  readonly #env: Environment;

  constructor(socket: string, env: Environment) {
    this.socket = socket;
    this.#env = env;
  }

  /** Runs a tmux command. A server it starts reads no configuration and is in `cwd`. */
  run(args: readonly string[], cwd = "/"): Promise<string> {
    // tmux itself makes the folder only for -L, where it demands that nobody else can enter it.
    mkdirSync(dirname(this.socket), { recursive: true, mode: 0o700 });
    return output(["tmux", "-u", "-f", "/dev/null", "-S", this.socket, ...args], cwd, this.#env);
  }

  /** The process of the server; none when it does not run. */
  async pid(): Promise<number[]> {
    const [session] = await this.#rows(["list-sessions"], ["pid"]);
    return session ? [Number(session.pid)] : [];
  }

  /** All sessions; none when no server runs. */
  async sessions(): Promise<TmuxSession[]> {
    const rows = await this.#rows(["list-sessions"], ["session_id", "session_name", "session_attached"]);
    return rows.map((row) => ({
      id: row.session_id,
      name: row.session_name,
      attachedClients: Number(row.session_attached),
    }));
  }

  /** All panes of all sessions; none when no server runs. */
  async panes(): Promise<TmuxPane[]> {
    const rows = await this.#rows(
      ["list-panes", "-a"],
      [
        "pane_id",
        "session_name",
        "pane_pid",
        "pane_dead",
        "pane_dead_status",
        "pane_dead_signal",
        "pane_current_command",
        "pane_current_path",
        "pane_title",
      ],
    );
    return rows.map((row) => ({
      id: row.pane_id,
      session: row.session_name,
      pid: Number(row.pane_pid),
      dead: row.pane_dead === "1",
      exitCode: exitCode(row.pane_dead_status, row.pane_dead_signal),
      command: row.pane_current_command,
      path: row.pane_current_path,
      title: row.pane_title,
    }));
  }

  /** The options set on a session, such as `@fleet_id`; not those it inherits. */
  async options(session: string): Promise<Record<string, string>> {
    const { id } = await this.#session(session);
    const lines = (await this.run(["show-options", "-t", id])).split("\n");
    const names = lines.map((line) => line.replace(/ .*/, "")).filter(Boolean);
    const values = names.map(async (name) => [name, await this.run(["show-options", "-v", "-t", id, name])] as const);
    return Object.fromEntries(await Promise.all(values));
  }

  /** The text in the active pane of a session with its scrollback, without blank lines at the end. */
  async capture(session: string): Promise<string> {
    const { id } = await this.#session(session);
    return (await this.run(["capture-pane", "-p", "-S", "-", "-t", `${id}:`])).trimEnd();
  }

  /**
   * Makes the server notice which of its programs have ended, some time later. tmux 3.3 misses the end of one in twenty that end
   * at once, until another child of it ends; it can miss that one too, so nobody waits for it.
   */
  async reap(): Promise<void> {
    await this.#ask(["run-shell", "-b", "true"]);
  }

  /** Ends the server and everything in it, as far as a hangup does, and removes its socket, which tmux may leave. */
  async kill(): Promise<void> {
    await this.#ask(["kill-server"]);
    rmSync(this.socket, { force: true });
  }

  /** What a command prints; nothing when no server runs. */
  async #ask(args: readonly string[]): Promise<string> {
    if (!existsSync(this.socket)) return "";
    try {
      return await this.run(args);
    } catch (error) {
      if (error instanceof Error && noServer.test(error.message)) return "";
      throw error;
    }
  }

  async #session(name: string): Promise<TmuxSession> {
    const sessions = await this.sessions();
    const found = sessions.find((session) => session.name === name);
    if (found) return found;
    throw new Error(
      `no tmux session ${name}; there are: ${sessions.map((session) => session.name).join(", ") || "none"}`,
    );
  }

  async #rows<Field extends string>(command: readonly string[], fields: readonly Field[]) {
    const format = fields.map((field) => `#{${field}}`).join(separator);
    const lines = (await this.#ask([...command, "-F", format])).split("\n").filter(Boolean);
    return lines.map((line) => {
      const values = line.split(separators);
      return Object.fromEntries(fields.map((field, index) => [field, values[index]])) as Record<Field, string>;
    });
  }
}

function exitCode(status: string, signal: string): number | undefined {
  if (signal) return 128 + Number(signal);
  return status ? Number(status) : undefined;
}

/** tmux takes a `;` at the end of any word for the end of its command. */
export function tmuxWord(word: string): string {
  return word.replace(/;$/, "\\;");
}
