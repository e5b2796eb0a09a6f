import type { Place } from "../benchmark/place.ts";

/** What stands on a terminal, with its styles, and for how long somebody may look at it. */
export interface Moment {
  readonly screen: string;
  readonly seconds: number;
}

interface Terminal {
  readonly place: Place;
  readonly directory: string;
  /** What the commands find in their environment beside that of the tmux server. */
  readonly environment: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly rows: number;
  readonly signal: AbortSignal;
}

const promptSign = "$ ";
const patienceMilliseconds = 30_000;
/** How long a command stands there before its answer does, and how long each line of the answer is looked at. */
const reading = { command: 1.4, answer: 1.6, line: 0.45 };

/** Types commands into a shell on a terminal, each on an empty screen, and returns what is seen before and after each has answered. */
export async function recordSession(terminal: Terminal, commands: readonly string[]): Promise<Moment[]> {
  const { place, directory, environment, columns, rows } = terminal;
  const tmux = (...words: readonly string[]) => place.run(["tmux", "-u", "-S", place.socket, ...words], directory);
  const variables = Object.entries({ ...environment, PS1: promptSign }).map(([name, value]) => `${name}=${value}`);
  const shell = ["env", "-u", "TMUX", "-u", "TMUX_PANE", ...variables, "sh"];
  await tmux("new-session", "-d", "-s", "session", "-x", `${columns}`, "-y", `${rows}`, "-c", directory, ...shell);
  const seen = (...words: readonly string[]) => tmux("capture-pane", "-p", ...words, "-t", "=session:");
  const moments: Moment[] = [];
  for (const command of commands) {
    await tmux("send-keys", "-t", "=session:", "-l", "clear");
    await tmux("send-keys", "-t", "=session:", "Enter");
    await until(terminal, async () => (await seen()).trim() === promptSign.trim());
    await tmux("send-keys", "-t", "=session:", "-l", command);
    await until(terminal, async () => (await seen()).includes(command.slice(-20)));
    moments.push({ screen: await seen("-e"), seconds: reading.command });
    await tmux("send-keys", "-t", "=session:", "Enter");
    await until(terminal, async () => /\n\$\s*$/.test(await seen()));
    const screen = await seen("-e");
    moments.push({ screen, seconds: reading.answer + reading.line * screen.trim().split("\n").length });
  }
  return moments;
}

async function until({ signal }: Terminal, check: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds;
  while (!(await check())) {
    signal.throwIfAborted();
    if (performance.now() > deadline) throw new Error("the terminal does not show what was typed, or no answer to it");
    await Bun.sleep(50);
  }
}
