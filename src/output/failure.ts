import { asFleetError, errorAsJson, exitCodes, type FleetError } from "../errors.ts";
import { writeAll } from "./streams.ts";
import { harmless, jsonText } from "./text.ts";

/**
 * Tells the user why a command failed, on standard error or, with `json`, as the answer on standard output, and returns the exit code.
 * What is not a FleetError is a bug of ours and is shown with what is needed to report it.
 */
export function reportFailure(error: unknown, { json }: { readonly json: boolean }): number {
  const failure = asFleetError(error);
  if (json) answerFailure(failure);
  else writeAll(2, failureText(failure));
  return exitCodes[failure.kind];
}

/** Where no answer can be written to, as on a full disk, the failure is told on standard error. */
function answerFailure(failure: FleetError): void {
  try {
    writeAll(1, `${jsonText({ version: 1, error: errorAsJson(failure) })}\n`);
  } catch {
    writeAll(2, failureText(failure));
  }
}

/** The lines that tell of a failure: what, the words of the program that failed, what to do. */
export function failureText({ message, output, hint }: Pick<FleetError, "message" | "output" | "hint">): string {
  const lines = [
    `✗ ${harmless(message)}`,
    ...(output === undefined
      ? []
      : harmless(output)
          .split("\n")
          .map((line) => `  │ ${line}`)),
    ...(hint === undefined ? [] : [`  ${harmless(hint)}`]),
  ];
  return `${lines.join("\n")}\n`;
}
