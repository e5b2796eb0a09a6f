import { createHash } from "node:crypto";
import { join } from "node:path";
import { makePrivateDirectory, readTextIfExists, replaceFile } from "../system/files.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

/** The files in conflict, by what was merged under which rules; an empty list for a clean merge. */
export type KnownMerges = ReadonlyMap<string, readonly string[]>;

/** Older ones are forgotten. */
const mostKept = 20_000;

/** The merges of a repository that were looked at before. What does not parse tells nothing. */
export function readMerges(places: StatePlaces, commonDirectory: string): KnownMerges {
  const value = parsedJson(readTextIfExists(cacheFile(places, commonDirectory)) ?? "");
  if (!Array.isArray(value)) return new Map();
  return new Map(value.filter(isKnownMerge));
}

/** Keeps what was looked at now, and of before as much as there is room for. */
export function keepMerges(places: StatePlaces, commonDirectory: string, before: KnownMerges, now: KnownMerges): void {
  if ([...now.keys()].every((key) => before.has(key))) return;
  const all = new Map([...now, ...[...before].filter(([key]) => !now.has(key))]);
  makePrivateDirectory(places.agentsRoot);
  replaceFile(cacheFile(places, commonDirectory), JSON.stringify([...all].slice(0, mostKept)));
}

function cacheFile({ agentsRoot }: StatePlaces, commonDirectory: string): string {
  const name = createHash("sha256").update(commonDirectory).digest("hex").slice(0, 16);
  return join(agentsRoot, `merges-${name}.json`);
}

function isKnownMerge(value: unknown): value is [string, readonly string[]] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, files] = value as unknown[];
  return typeof key === "string" && Array.isArray(files) && files.every((file) => typeof file === "string");
}
