import { fstatSync, readFileSync, type Stats, statSync } from "node:fs";
import { devNull } from "node:os";
import type { ReadStream } from "node:tty";

/** Standard input, output and error. */
type Stream = 0 | 1 | 2;

/** Whether a stream is a terminal. `node:tty` is loaded only for what may be one: loading it costs 4 ms and 3 MB. */
export function isTerminal(stream: Stream): boolean {
  try {
    const stat = fstatSync(stream);
    return stat.isCharacterDevice() && !isNullDevice(stat) && terminalModule().isatty(stream);
  } catch {
    // A closed stream is no terminal.
    return false;
  }
}

/** Scripts drop what they do not read there. */
function isNullDevice({ rdev }: Stats): boolean {
  return rdev === statSync(devNull).rdev;
}

/** The width in columns of the terminal on standard output or error; `undefined` when neither is one. */
export function terminalColumns(): number | undefined {
  return terminalSize()?.[0];
}

/** The height in lines of that terminal. */
export function terminalRows(): number | undefined {
  return terminalSize()?.[1];
}

function terminalSize(): readonly [number, number] | undefined {
  const stream = ([1, 2] as const).find(isTerminal);
  if (stream === undefined) return undefined;
  const [columns, rows] = new (terminalModule().WriteStream)(stream).getWindowSize();
  return columns > 0 && rows > 0 ? [columns, rows] : undefined;
}

/** Everything on standard input, to its end. */
export function readStandardInput(): Uint8Array {
  return readFileSync(0);
}

/** Standard input as it comes, to its end. */
export function standardInput(): AsyncIterable<Uint8Array> {
  return Bun.stdin.stream();
}

/** The lines of standard input as they come, to its end. */
export async function* standardInputLines(): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest: string[] = [];
  for await (const chunk of standardInput()) {
    const [first = "", ...others] = decoder.decode(chunk, { stream: true }).split("\n");
    rest.push(first);
    for (const next of others) {
      yield rest.join("");
      rest = [next];
    }
  }
  if (rest.join("") !== "") yield rest.join("");
}

let keyboard: ReadStream | undefined;

/** Makes the terminal on standard input hand over every key as it is pressed, Ctrl-C included, and show none. The result undoes it. */
export function rawMode(): () => void {
  // Only the one that set the mode knows what was before.
  keyboard ??= new (terminalModule().ReadStream)(0);
  const input = keyboard;
  input.setRawMode(true);
  return () => void input.setRawMode(false);
}

function terminalModule(): typeof import("node:tty") {
  return process.getBuiltinModule("node:tty");
}
