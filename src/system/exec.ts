import { constants } from "node:os";
import { FleetError } from "../errors.ts";
import type { Environment } from "./environment.ts";
import { eachLine, keepEnds, readAll, readInto } from "./output-streams.ts";
import { startFailure } from "./start-failure.ts";
import { tracing } from "./trace.ts";
import { whenAborted } from "./when-aborted.ts";

export interface RunOptions {
  readonly environment: Environment;
  readonly directory?: string;
  readonly input?: string | Uint8Array;
  /** Ends the program and its process group when it takes longer. */
  readonly timeoutMilliseconds?: number;
  /** Ends the program and its process group when it fires. */
  readonly cancelled?: AbortSignal;
  /** When it must end early it is asked to first, and killed a second later: it removes what it would leave in the way of others. */
  readonly tidies?: boolean;
}

/** How long what a program has printed may still take to arrive when it has ended. */
export const graceMilliseconds = 200;

/** A program that ran to its end. */
export interface Finished {
  readonly argv: readonly string[];
  /** 128 + signal number when a signal ended it, as a shell would say. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end and collects what it printed. It runs in a session of its own, so the terminal's Ctrl-C reaches
 * `fleet` alone and never stops git half-way.
 *
 * Throws FleetError `missing-tool` when the program does not exist, `failed` when the directory does not.
 */
export async function run(argv: readonly string[], options: RunOptions): Promise<Finished> {
  const { bytes, ...finished } = await runForBytes(argv, options);
  return { ...finished, stdout: bytes.toString("utf8") };
}

/** A git that is asked to end takes its lock files with it; one that is killed leaves them in everybody's way. */
const tidyingMilliseconds = 1000;

/** Runs a program whose output is not text to its end: it is in `bytes`, and `stdout` is empty. Throws what `run` throws. */
export async function runForBytes(
  argv: readonly string[],
  options: RunOptions,
): Promise<Finished & { readonly bytes: Buffer }> {
  const child = spawn(argv, options);
  let expired = false;
  let killing: Timer | undefined;
  const end = () => {
    if (options.tidies !== true) return signalGroup(child.pid, "SIGKILL");
    signalGroup(child.pid, "SIGTERM");
    killing ??= setTimeout(() => signalGroup(child.pid, "SIGKILL"), tidyingMilliseconds);
  };
  const expire = () => {
    expired = true;
    end();
  };
  const timer = options.timeoutMilliseconds === undefined ? undefined : setTimeout(expire, options.timeoutMilliseconds);
  const callOff = whenAborted(options.cancelled, end);
  const [output, stderr] = await collect(child);
  callOff();
  clearTimeout(timer);
  clearTimeout(killing);
  const timedOut = expired && (child.signalCode === "SIGKILL" || child.signalCode === "SIGTERM");
  return {
    argv,
    exitCode: exitCodeOf(child),
    timedOut,
    stdout: "",
    stderr: stderr.toString("utf8"),
    bytes: output,
  };
}

/** A program that ran to its end, and as much of what it printed as was asked for. */
export interface Logged {
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** Both streams as they came; where the middle is left out, a line says how much. */
  readonly log: Buffer;
  /** All that it printed. */
  readonly bytes: number;
}

/**
 * Runs a program to its end without input and keeps the beginning and the end of what it prints, `keptBytes` in all: one that prints
 * without end takes no more memory than that. Both of its streams are one, so that its lines stay in their order. Throws as `run` does,
 * but a program that does not exist is what the shell says of it, with exit code 127.
 */
export async function runForLog(
  argv: readonly string[],
  options: Omit<RunOptions, "input"> & {
    readonly keptBytes: number;
    /** Called when the program itself has ended, before what it left in its group is. */
    readonly whenEnded: () => Promise<void>;
  },
): Promise<Logged> {
  const child = spawn(["/bin/sh", "-c", 'exec "$@" 2>&1', "sh", ...argv], options);
  let timedOut = false;
  const end = () => signalGroup(child.pid, "SIGKILL");
  const timer = setTimeout(
    () => {
      timedOut = true;
      end();
    },
    options.timeoutMilliseconds ?? 2 ** 31 - 1,
  );
  const callOff = whenAborted(options.cancelled, end);
  const kept = keepEnds(options.keptBytes);
  const output = readInto(child.stdout, kept.add);
  const errors = readInto(child.stderr, kept.add);
  await Promise.race([
    Promise.all([output.ended, errors.ended]),
    child.exited.then(() => Bun.sleep(graceMilliseconds)),
  ]);
  await child.exited;
  await options.whenEnded();
  // What it left in the background goes with it: it would hold the output open, and its port.
  end();
  await Promise.all([output.cancel(), errors.cancel()]);
  callOff();
  clearTimeout(timer);
  return { exitCode: exitCodeOf(child), timedOut, log: kept.text(), bytes: kept.bytes() };
}

/**
 * Runs a program and hands on each line it prints the moment it is complete, with the stream it came from. Returns its exit code; ends
 * it with its process group when `cancelled` fires.
 */
export async function runByLine(
  argv: readonly string[],
  options: Omit<RunOptions, "timeoutMilliseconds"> & { readonly cancelled: AbortSignal },
  onLine: (stream: 1 | 2, line: string) => void,
): Promise<number> {
  const child = spawn(argv, options);
  const callOff = whenAborted(options.cancelled, () => signalGroup(child.pid, "SIGTERM"));
  await Promise.all([
    eachLine(child.stdout, (line) => onLine(1, line)),
    eachLine(child.stderr, (line) => onLine(2, line)),
    child.exited,
  ]);
  callOff();
  return exitCodeOf(child);
}

/**
 * Replaces this process by a program, which keeps its id, terminal and restrictions. Throws FleetError `missing-tool` when there is no such
 * program.
 */
export function become(argv: readonly string[], environment: Environment): never {
  const [name = ""] = argv;
  const program = findProgram(name, environment);
  if (program === undefined) throw new FleetError("missing-tool", `${name} is not installed`);
  const set = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  process.execve?.(program, [...argv], Object.fromEntries(set));
  throw new FleetError("failed", `${program} cannot be run in place of fleet`);
}

/** Starts a program that outlives `fleet` and that nobody waits for. */
export function startDetached(argv: readonly string[], options: Omit<RunOptions, "input">): void {
  const streams = { stdin: "ignore", stdout: "ignore", stderr: "ignore" } as const;
  start(argv, options, { ...streams, detached: true, outlivesUs: true }).unref();
}

/** The absolute path of a program on the PATH of `environment`, if there is one. */
export function findProgram(name: string, environment: Environment): string | undefined {
  return Bun.which(name, { PATH: environment.PATH ?? "" }) ?? undefined;
}

function spawn(argv: readonly string[], options: RunOptions) {
  return start(argv, options, {
    stdin: options.input === undefined ? "ignore" : new Blob([options.input]),
    stdout: "pipe",
    stderr: "pipe",
    detached: true,
  });
}

/**
 * All that a program prints on its two streams. A process that it leaves in the background may hold them open for ever, so once the
 * program has ended, what does not come within the grace period is not waited for.
 */
async function collect(child: Bun.Subprocess<"ignore" | Blob, "pipe", "pipe">): Promise<readonly [Buffer, Buffer]> {
  const streams = [child.stdout, child.stderr].map(readAll);
  let complete = false;
  const atEnd = Promise.all(streams.map(({ ended }) => ended)).then(() => {
    complete = true;
  });
  await Promise.race([atEnd, child.exited.then(() => (complete ? undefined : Bun.sleep(graceMilliseconds)))]);
  await Promise.all(streams.map(({ cancel }) => cancel()));
  await child.exited;
  const [output = Buffer.alloc(0), errors = Buffer.alloc(0)] = streams.map(({ chunks }) => Buffer.concat(chunks));
  return [output, errors];
}

const shell = "/bin/sh";

/** How a program is started: with which standard streams, and whose it is. */
interface Manner<
  In extends Bun.SpawnOptions.Writable,
  Out extends Bun.SpawnOptions.Readable,
  Err extends Bun.SpawnOptions.Readable,
> {
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Err;
  /** In a session of its own, so that the terminal's Ctrl-C does not reach it. */
  readonly detached?: boolean;
  /** Nobody waits for its end. */
  readonly outlivesUs?: boolean;
}

/**
 * Starts a program, and tells whoever traces of it. One without a line that names its interpreter is run by the shell, as execvp(3) and every
 * shell do. Throws FleetError `missing-tool` when the program does not exist, `failed` when the directory does not: what the operating
 * system says of both is the same.
 */
export function start<
  const In extends Bun.SpawnOptions.Writable,
  const Out extends Bun.SpawnOptions.Readable,
  const Err extends Bun.SpawnOptions.Readable,
>(
  argv: readonly string[],
  options: Pick<RunOptions, "environment" | "directory">,
  manner: Manner<In, Out, Err>,
): Bun.Subprocess<In, Out, Err> {
  const { environment, directory } = options;
  const { outlivesUs = false, ...streams } = manner;
  try {
    const traced = tracing(argv, directory);
    const place = directory === undefined ? {} : { cwd: directory };
    const child = Bun.spawn([...argv], { ...place, env: { ...environment }, ...streams });
    if (outlivesUs) traced?.(undefined);
    else if (traced !== undefined) void child.exited.then(() => traced(exitCodeOf(child)));
    return child;
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException;
    if (error.code === "ENOEXEC" && argv[0] !== shell) return start([shell, ...argv], options, manner);
    throw startFailure(argv, directory, error);
  }
}

/** How a program ended: 128 + the number of the signal when one ended it, as a shell would say. */
export function exitCodeOf({ exitCode, signalCode }: Pick<Bun.Subprocess, "exitCode" | "signalCode">): number {
  if (signalCode === null) return exitCode ?? 0;
  return 128 + (typeof signalCode === "number" ? signalCode : constants.signals[signalCode]);
}

/** Sends a signal to a program that was started in a session of its own, and to all that it has started there. */
export function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // It ended in the same moment, which is what was wanted.
  }
}
