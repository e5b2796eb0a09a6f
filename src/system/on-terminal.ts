import { exitCodeOf, type RunOptions, start } from "./exec.ts";
import { eachLineAs } from "./output-streams.ts";
import { whenAborted } from "./when-aborted.ts";

/** Runs a program on the user's terminal (an editor, `tmux attach`, git with its pager) and returns its exit code. `cancelled` asks it to end. */
export async function runOnTerminal(argv: readonly string[], options: RunOptions): Promise<number> {
  const child = start(argv, options, {
    stdin: options.input === undefined ? "inherit" : Buffer.from(options.input),
    stdout: "inherit",
    stderr: "inherit",
  });
  const callOff = whenAborted(options.cancelled, () => child.kill("SIGTERM"));
  await child.exited;
  callOff();
  return exitCodeOf(child);
}

/**
 * Runs a program and shows what it prints, each line as `shown` makes it, in a `pager` that has the user's terminal. Returns the exit code
 * of the program, 0 where the user had seen enough before its end.
 */
export async function runInPager(
  argv: readonly string[],
  { pager, shown, ...options }: RunOptions & { pager: readonly string[]; shown: (line: string) => string },
): Promise<number> {
  const child = start(argv, options, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const text = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(eachLineAs(shown));
  const screen = start(pager, options, {
    stdin: text.pipeThrough(new TextEncoderStream()),
    stdout: "inherit",
    stderr: "inherit",
  });
  await screen.exited;
  const isLeft = child.exitCode === null && (child.signalCode === null || child.signalCode === "SIGPIPE");
  child.kill("SIGTERM");
  await child.exited;
  return isLeft ? 0 : exitCodeOf(child);
}
