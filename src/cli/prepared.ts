import type { Manual } from "../commands/manual.ts";

declare global {
  /** Set by the build (`define`), which writes it wherever it is named: name it once, for it is large. Absent when run from source. */
  var PREPARED_MANUAL: Manual | undefined;
}

/** The texts of the program: those of the build, else rendered now. */
export async function loadManual(): Promise<Manual> {
  const prepared = globalThis.PREPARED_MANUAL;
  if (prepared !== undefined) return prepared;
  const { renderManual } = await import("./manual.ts");
  return renderManual();
}
