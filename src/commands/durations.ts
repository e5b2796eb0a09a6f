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

/** The moment that an option names: today, a day, a moment, or how long ago. Throws FleetError `usage` for what is none of them. */
export function sinceOption(option: string, text: string, now: Date): Date {
  const seconds = durationSeconds(text);
  if (seconds !== undefined && /[dhms]$/.test(text)) return new Date(now.getTime() - seconds * 1000);
  const daysAgo = ["today", "yesterday"].indexOf(text.toLowerCase());
  if (daysAgo >= 0) return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo);
  // Without a time it would be midnight in Greenwich.
  const moment = new Date(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  if (isDay(text.slice(0, 10)) && !Number.isNaN(moment.getTime())) return moment;
  throw new FleetError(
    "usage",
    `${option} takes today, 2d, 12h or a day such as 2026-11-01, not ${JSON.stringify(text)}`,
    {
      hint: `for the last day, add ${option} 24h`,
    },
  );
}

/** A Date takes the 31st of November for the 1st of December. */
function isDay(text: string): boolean {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return day !== undefined && !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}
