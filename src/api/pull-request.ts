import type { PullRecord } from "../state/pull-request.ts";

/** A pull request as programs get it; null when there is none. */
export function pullAsJson(record: PullRecord | undefined) {
  if (record === undefined) return null;
  const { number, url, state, base, at } = record;
  return { number, url, state, base, seen_at: `${at.slice(0, 19)}Z` };
}
