import { lstatSync, mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";
import { FleetError } from "../../errors.ts";
import type { Environment } from "../environment.ts";
import { type Finished, findProgram, run } from "../exec.ts";

/** One tmux server, named by the path of its socket; it need not run. */
export interface TmuxServer {
  readonly socket: string;
  /** What tmux is started with; a server that we start passes it on to its panes. */
  readonly environment: Environment;
  /** How long each answer is waited for; 20 s when absent. */
  readonly patienceMilliseconds?: number;
}

/** One tmux command and its arguments. */
export type TmuxCommand = readonly string[];

/** tmux refuses more than 16 KiB in one message; what its protocol adds is kept free. */
const messageBytes = 15_000;
const callMilliseconds = 20_000;

/** The socket of the server that `tmux` without options would use here: that of the surrounding tmux, or the default one. */
export function defaultSocket(environment: Environment): string {
  return environment.TMUX?.split(",")[0] || namedSocket("default", environment);
}

/** The socket path of `tmux -L NAME`, as tmux(1) builds it. */
export function namedSocket(name: string, environment: Environment): string {
  const directory = environment.TMUX_TMPDIR || "/tmp";
  return `${directory.replace(/\/+$/, "")}/tmux-${process.getuid?.() ?? 0}/${name}`;
}

/**
 * Runs tmux commands as few calls as the message limit allows, and returns what each call printed, in order. A failing command
 * ends its call. `-u` because what tmux prints to a client it takes for non-UTF-8 has every other character replaced.
 */
export async function callTmux(
  server: TmuxServer,
  commands: readonly TmuxCommand[],
  input?: string | Uint8Array,
): Promise<Finished[]> {
  const results: Finished[] = [];
  for (const chunk of inMessages(commands)) {
    const result = await call(server, chunk, input);
    results.push(result);
    if (result.exitCode !== 0) break;
  }
  return results;
}

/** Runs one chain of tmux commands that fits a message, and returns its output. Throws FleetError `failed` with tmux's words. */
export async function requireTmux(
  server: TmuxServer,
  commands: readonly TmuxCommand[],
  input?: string | Uint8Array,
): Promise<string> {
  const result = await call(server, commands, input);
  if (result.exitCode === 0) return result.stdout;
  throw tmuxFailure(server, result);
}

/** The error for a tmux call that failed. */
export function tmuxFailure(server: TmuxServer, result: Finished): FleetError {
  const why = result.timedOut ? `did not answer within ${patience(server) / 1000} s` : `exited with ${result.exitCode}`;
  return new FleetError("failed", `tmux ${why} (socket ${server.socket})`, {
    output: result.stderr,
    hint: "to check tmux and its server, run fleet doctor",
  });
}

/**
 * Whether tmux said that there is no server, or none with a session, which for every query means: no sessions. A server that the user keeps
 * without any, by `exit-empty off`, knows "no current target" (`findings/tmux-lists-no-panes-of-an-empty-server.sh`).
 */
export function saysNoServer(result: Finished): boolean {
  const none = /^(no server running|error connecting|server exited|lost server|no current target)/;
  return result.exitCode === 1 && none.test(result.stderr);
}

/** How a client is attached to a session. */
export interface AttachOptions {
  /** For looking only: no key that is typed there gets to the session. */
  readonly readOnly: boolean;
}

/** The words to attach a client to a session, for the user's terminal. */
export function attachCommand(server: TmuxServer, session: string, { readOnly }: AttachOptions): string[] {
  return [...tmuxProgram(server), "attach-session", ...(readOnly ? ["-r"] : []), "-t", session];
}

/** The options by which tmux finds this server, for a line that the user types: none where it would anyway. */
export function serverWords({ socket, environment }: TmuxServer): string[] {
  return socket === defaultSocket(environment) ? [] : ["-S", socket];
}

/** Makes the folder of the socket as tmux would with `-L`: it refuses one that others can enter. */
export function makeSocketDirectory(server: TmuxServer): void {
  const directory = dirname(server.socket);
  try {
    // Only the folder that tmux itself would make; a socket elsewhere is in a folder that is there.
    if (/^tmux-\d+$/.test(basename(directory))) mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (lstatSync(directory).isDirectory()) return;
  } catch (cause) {
    throw new FleetError("failed", `the folder of the tmux socket cannot be used: ${directory}`, {
      cause,
      hint: "to use another one, set TMUX_TMPDIR to a folder you can write to, or tmux_socket with fleet config edit",
    });
  }
}

/** Text as a tmux format that expands to itself: `#(...)` in a format runs a command. */
export function literalFormat(text: string): string {
  return text.replaceAll("#", "##");
}

async function call(
  server: TmuxServer,
  commands: readonly TmuxCommand[],
  input?: string | Uint8Array,
): Promise<Finished> {
  const words = commands.flatMap((command, index) => [...(index === 0 ? [] : [";"]), ...command.map(literalArgument)]);
  return run([...tmuxProgram(server), ...words], {
    environment: server.environment,
    timeoutMilliseconds: patience(server),
    ...(input === undefined ? {} : { input }),
  });
}

function patience({ patienceMilliseconds = callMilliseconds }: TmuxServer): number {
  return patienceMilliseconds;
}

/** An argument that ends in `;` would end the command; see "COMMAND PARSING AND EXECUTION" in tmux(1). */
function literalArgument(word: string): string {
  return word.endsWith(";") ? `${word.slice(0, -1)}\\;` : word;
}

function tmuxProgram(server: TmuxServer): string[] {
  const program = findProgram("tmux", server.environment);
  if (program === undefined) {
    throw new FleetError("missing-tool", "tmux is not installed", {
      hint: "to see how to get it, run fleet doctor",
    });
  }
  return [program, "-u", "-S", server.socket];
}

function* inMessages(commands: readonly TmuxCommand[]): Generator<TmuxCommand[]> {
  let chunk: TmuxCommand[] = [];
  let bytes = 0;
  for (const command of commands) {
    const size = command.reduce((total, word) => total + Buffer.byteLength(word) + 1, 2);
    if (chunk.length > 0 && bytes + size > messageBytes) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(command);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
