import { closeSync, openSync, readSync, statSync } from "node:fs";
import { objectsIn } from "../../agents/json-lines.ts";
import type { AgentFiles } from "../../state/places.ts";
import { readTextIfExists } from "../../system/files.ts";
import { Collection, recordIn, type UsageRecord } from "./records.ts";

/** How many bytes are kept of the answers of an agent. They are only ever appended to. */
export function keptBytes({ replies }: Pick<AgentFiles, "replies">): number {
  return statSync(replies, { throwIfNoEntry: false })?.size ?? 0;
}

/** All that is kept of the answers of an agent. */
export function keptRecords(files: Pick<AgentFiles, "replies">): Collection {
  return collected(keptList(files));
}

/** What is kept of the answers of an agent as it was found, one record after another. */
export function keptList({ replies }: Pick<AgentFiles, "replies">): UsageRecord[] {
  return recordsIn(readTextIfExists(replies) ?? "");
}

/**
 * What is kept beyond so many bytes, in whole lines of at most `most` bytes together; all of it, from the beginning, when less is kept than
 * was told. `more`: there are lines for which there was no room.
 */
export function keptText(
  files: Pick<AgentFiles, "replies">,
  told: number,
  most: number,
): { readonly from: number; readonly text: string; readonly more: boolean } {
  const bytes = keptBytes(files);
  const from = told > bytes ? 0 : told;
  if (from === bytes) return { from, text: "", more: false };
  const file = openSync(files.replies, "r");
  try {
    const buffer = Buffer.alloc(Math.min(bytes - from, Math.max(0, most)));
    const whole = buffer.subarray(0, readSync(file, buffer, 0, buffer.length, from));
    const text = whole.subarray(0, whole.lastIndexOf("\n") + 1).toString("utf8");
    return { from, text, more: whole.length < bytes - from };
  } finally {
    closeSync(file);
  }
}

/** The records that a text has, one a line. A line that words none says nothing. */
export function recordsIn(text: string): UsageRecord[] {
  return [...objectsIn(text.split("\n"))].flatMap((value) => recordIn(value) ?? []);
}

/** Records together. */
export function collected(records: Iterable<UsageRecord>): Collection {
  const known = new Collection();
  for (const record of records) known.add(record);
  return known;
}
