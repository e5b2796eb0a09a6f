import type { Manual } from "../commands/manual.ts";

declare global {
  /** Set by the build (`define`), which writes it wherever it is named: name it once, for it is large. Absent when run from source. */
  var PREPARED_MANUAL: Manual;
  /** Whether there is one. */
  var MANUAL_IS_PREPARED: true | undefined;
}

/** The texts of the program: those of the build, else rendered now. */
export async function loadManual(): Promise<Manual> {
  // The bundler sees which of the two is never run, and leaves out all that only that one needs.
  return globalThis.MANUAL_IS_PREPARED ? globalThis.PREPARED_MANUAL : (await import("./manual.ts")).renderManual();
}
