import { appendFileSync } from "node:fs";
import { resolve } from "node:path";
import { FleetError } from "../errors.ts";
import { traceLine, traceProcesses } from "../system/trace.ts";
import { writeAll } from "./streams.ts";
import { harmless } from "./text.ts";

/**
 * Writes a line for every program that is run: on standard error for `1`, else to the end of this file, which only the user can read.
 * Throws FleetError `usage` when the file cannot be written.
 */
export function startTrace(where: string): void {
  if (where === "1") {
    traceProcesses((traced) => writeAll(2, `${harmless(traceLine(traced))}\n`));
    return;
  }
  const file = resolve(where);
  try {
    appendFileSync(file, "", { mode: 0o600 });
  } catch (cause) {
    throw new FleetError("usage", `AI_FLEET_TRACE: ${file} cannot be written`, {
      hint: "for a trace on standard error, run export AI_FLEET_TRACE=1",
      cause,
    });
  }
  traceProcesses((traced) => appendFileSync(file, `${traceLine(traced)}\n`));
}
