/** How long ago a moment was, in words: `5 minutes ago`, since nobody reckons in Greenwich time. */
export function timeSince(timestamp: string, now = Date.now()): string {
  const minutes = Math.floor((now - Date.parse(timestamp)) / 60_000);
  if (minutes < 1) return "a moment ago";
  const units: readonly [size: number, noun: string][] = [
    [1440, "day"],
    [60, "hour"],
    [1, "minute"],
  ];
  const [size, noun] = units.find(([length]) => minutes >= length) ?? [1, "minute"];
  const count = Math.floor(minutes / size);
  return `${count} ${noun}${count === 1 ? "" : "s"} ago`;
}
