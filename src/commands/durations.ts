import { durationSeconds } from "../config/durations.ts";
import { FleetError } from "../errors.ts";

/** The seconds that a duration option names. Throws FleetError `usage` for what is none. */
export function durationOption(option: string, text: string): number {
  const seconds = durationSeconds(/^\d+$/.test(text) ? Number(text) : text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new FleetError("usage", `${option} takes a duration such as 90s, 10m or 1h30m, not ${JSON.stringify(text)}`, {
    hint: `for ten minutes, add ${option} 10m`,
  });
}
