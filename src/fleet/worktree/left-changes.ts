/** What stands under names at a moment; `null` or `undefined` where that is not known. */
type Content = Readonly<Record<string, string>> | null | undefined;

export interface Changes {
  readonly made: readonly string[];
  readonly changed: readonly string[];
}

/** Made is what one of them did not find, changed what all of them did, and one as something else. Both are sorted. */
export function changesSince(before: readonly Content[], now: Content): Changes {
  const found = before.filter((each) => each != null);
  if (now == null || found.length === 0) return { made: [], changed: [] };
  const made = Object.keys(now).filter((name) => found.some((each) => each[name] === undefined));
  const names = [...new Set([now, ...found].flatMap((each) => Object.keys(each)))];
  const changed = names.filter(
    (name) => found.every((each) => each[name] !== undefined) && found.some((each) => each[name] !== now[name]),
  );
  return { made: made.sort(), changed: changed.sort() };
}

/** What one of them found that is not there any more, or is something else now, as it was when it was seen last; sorted by name. */
export function goneSince(before: readonly Content[], now: Content): (readonly [name: string, was: string])[] {
  if (now == null) return [];
  const seen = before.flatMap((each) => Object.entries(each ?? {}));
  const gone = new Map(seen.filter(([name, was]) => was !== "" && now[name] !== was));
  return [...gone].sort(([one], [other]) => (one < other ? -1 : 1));
}
