import { join } from "node:path";
import { readTextIfExists, rememberIn } from "../system/files.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

/** What was found in a repository before, by names of all that decides it: found again, it would be the same. */
export type KnownLooks<Found> = ReadonlyMap<string, readonly Found[]>;

/** One kind of looks that are kept, and where. */
export interface LookCache<Found> {
  readonly places: StatePlaces;
  /** The path that names the repository. */
  readonly repository: string;
  /** Names the file. */
  readonly kind: "merges" | "changes" | "ahead";
  /** Looks, and what they found, beyond which older ones are forgotten. */
  readonly most?: number;
  /** Whether a value that was read is one of those that were kept. */
  readonly isFound: (value: unknown) => value is Found;
}

/** Some megabytes, which take some ten milliseconds to read. */
const mostKept = 20_000;

/** The looks that are known. What does not parse tells nothing. */
export function readLooks<Found>(cache: LookCache<Found>): KnownLooks<Found> {
  const value = parsedJson(readTextIfExists(cacheFile(cache)) ?? "");
  if (!Array.isArray(value)) return new Map();
  return new Map(value.filter((one) => isKnownLook(one, cache.isFound)));
}

/** Keeps what was found now, and of before as much as there is room for. */
export function keepLooks<Found>(cache: LookCache<Found>, before: KnownLooks<Found>, now: KnownLooks<Found>): void {
  if ([...now.keys()].every((key) => before.has(key))) return;
  const kept: [string, readonly Found[]][] = [];
  let size = 0;
  for (const [key, found] of [...now, ...[...before].filter(([known]) => !now.has(known))]) {
    size += 1 + found.length;
    if (size <= (cache.most ?? mostKept)) kept.push([key, found]);
  }
  rememberIn(cacheFile(cache), JSON.stringify(kept));
}

function cacheFile({ places, kind, repository }: Pick<LookCache<unknown>, "places" | "kind" | "repository">) {
  const name = new Bun.CryptoHasher("sha256").update(repository).digest("hex").slice(0, 16);
  return join(places.agentsRoot, `${kind}-${name}.json`);
}

function isKnownLook<Found>(
  value: unknown,
  isFound: (value: unknown) => value is Found,
): value is [string, readonly Found[]] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [key, found] = value as unknown[];
  return typeof key === "string" && Array.isArray(found) && found.every(isFound);
}
