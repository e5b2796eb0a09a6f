import { type ConsolaInstance, createConsola } from "consola/core";
import type { FleetError } from "../errors.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import { failureText } from "./failure.ts";
import { writeAll } from "./streams.ts";
import { cut, harmless, oneLine } from "./text.ts";

/** What a command says while it works, and to the user rather than to a program: always on standard error. */
export interface Narration {
  /** A line about what is being done. */
  note(text: string): void;
  warning(text: string): void;
  /** One step of an agent's start, with the time it took. */
  step(name: string, text: string, seconds: number | undefined): void;
  /** On a terminal one line about what goes on, which the next word takes the place of; without a text it goes. Elsewhere nothing. */
  present(name: string, text: string | undefined): void;
  /** Why one of several could not be done. */
  failure(name: string, error: FleetError): void;
}

const textWidth = 48;
const eraseLine = "\r\u001b[K";

/** Narration on standard error, through a reporter of our own: the default ones write notes to standard output. */
export function createNarration(): Narration {
  let isPresentShown = false;
  const write = (text: string) => {
    writeAll(2, isPresentShown ? `${eraseLine}${text}` : text);
    isPresentShown = false;
  };
  const consola: ConsolaInstance = createConsola({
    level: 3,
    reporters: [{ log: ({ args }) => write(`${harmless(args.join(" "))}\n`) }],
  });
  return {
    note: (text) => consola.info(text),
    warning: (text) => consola.warn(`  ! ${text}`),
    failure(name, error) {
      const named = error.message.startsWith(`${name}: `) ? error.message : `${name}: ${error.message}`;
      consola.error(failureText({ message: named, output: error.output, hint: error.hint }).trimEnd());
    },
    present(name, text) {
      const columns = isTerminal(2) ? terminalColumns() : undefined;
      if (columns === undefined || (text === undefined && !isPresentShown)) return;
      write(text === undefined ? "" : cut(`  ${name.padEnd(6)}  ${oneLine(text)}`, columns - 1));
      isPresentShown = text !== undefined;
    },
    step(name, text, seconds) {
      const time = seconds === undefined ? "" : `${seconds.toFixed(1)}s`.padStart(6);
      consola.info(`  ${name.padEnd(6)}  ${text.padEnd(textWidth)}${time}`.trimEnd());
    },
  };
}
