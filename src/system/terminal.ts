import { fstatSync, readFileSync } from "node:fs";

/** Standard input, output and error. */
type Stream = 0 | 1 | 2;

/** Whether a stream is a terminal. `node:tty` is loaded only for what may be one: loading it costs 4 ms. */
export function isTerminal(stream: Stream): boolean {
  try {
    return fstatSync(stream).isCharacterDevice() && terminalModule().isatty(stream);
  } catch {
    // A closed stream is no terminal.
    return false;
  }
}

/** The width of the terminal on standard output in columns; `undefined` when it is none. */
export function terminalColumns(): number | undefined {
  if (!isTerminal(1)) return undefined;
  const [columns] = new (terminalModule().WriteStream)(1).getWindowSize();
  return columns > 0 ? columns : undefined;
}

/** Everything on standard input, to its end. */
export function readStandardInput(): Uint8Array {
  return readFileSync(0);
}

function terminalModule(): typeof import("node:tty") {
  return process.getBuiltinModule("node:tty");
}
