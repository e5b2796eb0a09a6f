import { exitCodeOf, graceMilliseconds, type RunOptions, signalGroup, start } from "./exec.ts";
import { eachLine, readAll, readInto } from "./output-streams.ts";

/** A program that is listened to while it runs. */
export interface Listener {
  /** Writes to its standard input. */
  say(text: string): void;
  /** Fulfilled when it has ended. */
  readonly ended: Promise<void>;
}

/**
 * Starts a program, in our own process group so that it may read the terminal, and hands on what it prints as it comes. Its standard input
 * stays open until `fleet` ends, however that happens.
 */
export function startListener(
  argv: readonly string[],
  options: Pick<RunOptions, "environment">,
  onOutput: (bytes: Uint8Array) => void,
): Listener {
  const child = start(argv, options, { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
  const output = readInto(child.stdout, onOutput);
  return {
    say(text) {
      child.stdin.write(text);
      void child.stdin.flush();
    },
    ended: Promise.all([child.exited, output.ended]).then(() => undefined),
  };
}

/** A program that is spoken with over its standard streams while it runs. */
export interface Conversation {
  /** Writes to its standard input. What a program that has ended would have been told is dropped. */
  say(bytes: string | Uint8Array): void;
  /** Says that no more will come. */
  endInput(): void;
  /** Ends it with its process group. */
  kill(): void;
  /** How it ended, with what it has said on standard error. */
  readonly ended: Promise<{ readonly exitCode: number; readonly stderr: string }>;
}

/**
 * Starts a program in a session of its own, so that the terminal's Ctrl-C does not reach it, and hands on each line that it prints. Its
 * standard input is open until `endInput`, or until `fleet` ends, however that happens.
 */
export function converse(
  argv: readonly string[],
  options: Pick<RunOptions, "environment">,
  onLine: (line: string) => void,
): Conversation {
  const child = start(argv, options, { stdin: "pipe", stdout: "pipe", stderr: "pipe", detached: true });
  const errors = readAll(child.stderr);
  const printed = eachLine(child.stdout, onLine);
  const ended = async () => {
    await child.exited;
    // What it has left in the background may hold the streams open for ever.
    await Promise.race([Promise.all([printed, errors.ended]), Bun.sleep(graceMilliseconds)]);
    return { exitCode: exitCodeOf(child), stderr: Buffer.concat(errors.chunks).toString("utf8") };
  };
  // That nobody reads any more is seen by the end of the program.
  const unheard = () => undefined;
  return {
    say(bytes) {
      try {
        child.stdin.write(bytes);
        void Promise.resolve(child.stdin.flush()).catch(unheard);
      } catch {
        unheard();
      }
    },
    endInput: () => void Promise.resolve(child.stdin.end()).catch(unheard),
    kill: () => signalGroup(child.pid, "SIGKILL"),
    ended: ended(),
  };
}
