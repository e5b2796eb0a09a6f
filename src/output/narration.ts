import { type ConsolaInstance, createConsola } from "consola/core";
import type { FleetError } from "../errors.ts";
import { failureText } from "./failure.ts";
import { writeAll } from "./streams.ts";
import { harmless } from "./text.ts";

/** What a command says while it works, and to the user rather than to a program: always on standard error. */
export interface Narration {
  /** A line about what is being done. */
  note(text: string): void;
  warning(text: string): void;
  /** One step of an agent's start, with the time it took. */
  step(name: string, text: string, seconds: number | undefined): void;
  /** Why one of several could not be done. */
  failure(name: string, error: FleetError): void;
}

const textWidth = 48;

/** Narration on standard error, through a reporter of our own: the default ones write notes to standard output. */
export function createNarration(): Narration {
  const consola: ConsolaInstance = createConsola({
    level: 3,
    reporters: [{ log: ({ args }) => writeAll(2, `${harmless(args.join(" "))}\n`) }],
  });
  return {
    note: (text) => consola.info(text),
    warning: (text) => consola.warn(`  ! ${text}`),
    failure(name, error) {
      const named = error.message.startsWith(`${name}: `) ? error.message : `${name}: ${error.message}`;
      consola.error(failureText({ message: named, output: error.output, hint: error.hint }).trimEnd());
    },
    step(name, text, seconds) {
      const time = seconds === undefined ? "" : `${seconds.toFixed(1)}s`.padStart(6);
      consola.info(`  ${name.padEnd(6)}  ${text.padEnd(textWidth)}${time}`.trimEnd());
    },
  };
}
