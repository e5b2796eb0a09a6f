import type { RunOptions } from "./run.ts";
import { type TmuxPane, type TmuxServer, tmuxWord } from "./tmux.ts";
import { eventually } from "./wait.ts";

export interface TerminalOptions extends Pick<RunOptions, "cwd" | "env"> {
  /** 80 */
  readonly columns?: number;
  /** 24 */
  readonly rows?: number;
}

type Arrow = "Up" | "Down" | "Left" | "Right";

/** Keys by the names tmux has for them. Any other name would be typed as text. */
export type Key =
  | "Enter"
  | "Escape"
  | "Tab"
  | "Space"
  | "BSpace"
  | Arrow
  | "Home"
  | "End"
  | `C-${string}`
  | `M-${string}`;

interface Geometry {
  readonly cwd: string;
  readonly columns: number;
  readonly rows: number;
}

/**
 * Runs a program and stays for a moment after it: what a program writes last is lost when the kernel reports the end of the terminal to
 * tmux before that output.
 */
const lingering = 'trap : INT; "$@"; code=$?; sleep 0.1; exit "$code"';

/** Starts a program, found in PATH, with the environment of the server and no sign that it is inside tmux. */
export async function openTerminal(
  server: TmuxServer,
  argv: readonly string[],
  { cwd, columns, rows }: Geometry,
): Promise<Terminal> {
  const hidden = ["TMUX", "TMUX_PANE", "TERM_PROGRAM", "TERM_PROGRAM_VERSION"].flatMap((name) => ["-u", name]);
  const program = ["env", ...hidden, "sh", "-c", lingering, "sh", ...argv].map(tmuxWord);
  const options = [
    ["default-terminal", "screen-256color"],
    ["remain-on-exit", "on"],
    ["remain-on-exit-format", ""],
  ];
  const settings = options.flatMap((option) => ["set-option", "-g", ...option, ";"]);
  const session = ["new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, "--", ...program];
  await server.run(["start-server", ";", ...settings, ...session], cwd);
  return new Terminal(server);
}

/** A program on a terminal: the one pane of a private tmux server, which keeps it visible when the program has ended. */
export class Terminal {
  readonly #server: TmuxServer;

  constructor(server: TmuxServer) {
    this.#server = server;
  }

  /** Types characters as they are; line ends are pressed with `press("Enter")`. */
  async type(text: string): Promise<void> {
    await this.#server.run(["send-keys", "-l", "--", tmuxWord(text)]);
  }

  async press(...keys: readonly Key[]): Promise<void> {
    await this.#server.run(["send-keys", "--", ...keys.map(tmuxWord)]);
  }

  /** What is to be seen now, without blanks at the ends of lines and blank lines at the end. */
  async screen(): Promise<string> {
    return (await this.#server.run(["capture-pane", "-p"])).trimEnd();
  }

  /**
   * Waits until the screen shows a text, and returns the whole screen.
   *
   * @throws with the screen when the time is over, at once when the program ended without showing the text.
   */
  async waitFor(text: string | RegExp, timeoutMs?: number): Promise<string> {
    let screen = "";
    const seen = async () => {
      const { dead } = await this.#pane();
      screen = await this.screen();
      if (typeof text === "string" ? screen.includes(text) : screen.search(text) >= 0) return "shown";
      return dead && "ended";
    };
    const state = await eventually(seen, { what: `${text} on the terminal`, timeoutMs }).catch(
      (error: Error) => error.message,
    );
    if (state === "shown") return screen;
    const problem = state === "ended" ? `the program ended without showing ${text}` : state;
    throw new Error(`${problem}; the screen:\n${screen}`);
  }

  /** Waits for the program to end. 128 + N when signal N ended it. */
  async exitCode(timeoutMs?: number): Promise<number> {
    const ended = async () => {
      await this.#server.reap();
      const { dead, exitCode } = await this.#pane();
      // The exit code may be known before the last output was read; a pane is dead when there is no more.
      return dead && exitCode !== undefined ? { exitCode } : undefined;
    };
    const { exitCode } = await eventually(ended, { what: "the program on the terminal to end", timeoutMs });
    return exitCode;
  }

  /** Makes the terminal another size, as when its window is dragged. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#server.run(["resize-window", "-x", `${columns}`, "-y", `${rows}`]);
  }

  /** What programs have asked of the terminal and not taken back. */
  async modes(): Promise<{ readonly alternate: boolean; readonly mouse: boolean }> {
    const format = "#{alternate_on}#{mouse_any_flag}";
    const [alternate, mouse] = (await this.#server.run(["display-message", "-p", format])).trim();
    return { alternate: alternate === "1", mouse: mouse === "1" };
  }

  /** Closes the terminal as one closes a window: the program gets a hangup. */
  close(): Promise<void> {
    return this.#server.kill();
  }

  async #pane(): Promise<TmuxPane> {
    const [pane] = await this.#server.panes();
    if (!pane) throw new Error("the terminal is closed");
    return pane;
  }
}
