import type { PullRecord } from "../state/pull-request.ts";

/** `#12`, as GitLab writes it `!12`; nothing when its number is not known. */
export function pullSign({ forge, number }: PullRecord): string {
  if (number === null) return "";
  return `${forge === "gitlab" ? "!" : "#"}${number}`;
}

/** `#12 merged`; empty when there is none. */
export function pullText(record: PullRecord | undefined): string {
  return record === undefined ? "" : `${pullSign(record)} ${record.state}`.trim();
}
