import type { Manual } from "../commands/manual.ts";

/** Set by the build (`--define`); absent when the program runs from source. */
declare const PREPARED_MANUAL: Manual | undefined;

/** The texts of the program: those of the build, else rendered now. */
export async function loadManual(): Promise<Manual> {
  if (typeof PREPARED_MANUAL === "object") return PREPARED_MANUAL;
  const { renderManual } = await import("./manual.ts");
  return renderManual();
}
