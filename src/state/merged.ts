import { join } from "node:path";
import { makePrivateDirectory, readTextIfExists, removeTree, replaceFile } from "../system/files.ts";
import { isTimestamp } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

/** The last merge of an agent's work: what is needed to take it back, and to know that it is in. */
export interface Merged {
  readonly v: 1;
  readonly target: string;
  /** Where the target was and is since. */
  readonly old: string;
  readonly new: string;
  /** The commit of the agent that went in. */
  readonly head: string;
  readonly at: string;
}

/** What is known of the last merge of an agent, if there was one and it was not taken back. */
export function readMerged(places: StatePlaces, id: string): Merged | undefined {
  const value = parsedJson(readTextIfExists(mergedFile(places, id)) ?? "");
  return isMerged(value) ? value : undefined;
}

/** Writes down a merge, in place of an earlier one. */
export function writeMerged(places: StatePlaces, id: string, merged: Merged): void {
  makePrivateDirectory(agentFiles(places, id).directory);
  replaceFile(mergedFile(places, id), `${JSON.stringify(merged, null, 2)}\n`);
}

/** Forgets the last merge of an agent: it was taken back. */
export function forgetMerged(places: StatePlaces, id: string): void {
  removeTree(mergedFile(places, id));
}

function mergedFile(places: StatePlaces, id: string): string {
  return join(agentFiles(places, id).directory, "merged.json");
}

const commit = (value: unknown) => typeof value === "string" && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value);
const shapes: Readonly<Record<keyof Merged, (value: unknown) => boolean>> = {
  v: (value) => value === 1,
  target: (value) => typeof value === "string" && value !== "",
  old: commit,
  new: commit,
  head: commit,
  at: isTimestamp,
};

/** Whether a value read from disk is one. */
export function isMerged(value: unknown): value is Merged {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(shapes).every(([key, fits]) => fits((value as Record<string, unknown>)[key]));
}
