const secondsPerUnit = { d: 86_400, h: 3_600, m: 60, s: 1 } as const;
const written = /^(?:(?<d>\d+)d)?(?:(?<h>\d+)h)?(?:(?<m>\d+)m)?(?:(?<s>\d+)s)?$/;

/**
 * The seconds of a duration as users write it: `15m`, `1h30m`, `30d`, or a whole number of seconds, as a number or as text.
 * Returns undefined when it is none of these.
 */
export function durationSeconds(duration: string | number): number | undefined {
  if (typeof duration === "number") return Number.isSafeInteger(duration) ? duration : undefined;
  if (/^\d+$/.test(duration)) return safe(Number(duration));
  const groups = written.exec(duration)?.groups;
  if (groups === undefined || duration === "") return undefined;
  let seconds = 0;
  for (const [unit, length] of Object.entries(secondsPerUnit)) seconds += Number(groups[unit] ?? 0) * length;
  return safe(seconds);
}

/** The duration in its largest whole unit, in a form that `durationSeconds` reads: `15m`, `30d`. */
export function durationText(seconds: number): string {
  const [unit, length] = Object.entries(secondsPerUnit).find(([, each]) => seconds !== 0 && seconds % each === 0) ?? [
    "s",
    1,
  ];
  return `${seconds / length}${unit}`;
}

function safe(seconds: number): number | undefined {
  return Number.isSafeInteger(seconds) ? seconds : undefined;
}
