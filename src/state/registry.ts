import { dirname } from "node:path";
import { FleetError } from "../errors.ts";
import {
  exists,
  isRealDirectory,
  makePrivateDirectory,
  moveAway,
  readBytesIfExists,
  replaceFile,
} from "../system/files.ts";
import { adminDirectory } from "../system/git/worktrees.ts";
import { type LockOptions, withLock } from "../system/lock.ts";
import { utf8Text } from "../system/utf8.ts";
import { readEnding } from "./ending.ts";
import { type AgentEntry, isAgentEntry, newerVersion } from "./entry.ts";
import { parsedJson } from "./json.ts";
import { readMark } from "./marks.ts";
import type { StatePlaces } from "./places.ts";
import { readRecords } from "./records.ts";

/**
 * Runs `body` as the only process of this fleet that chooses names or changes the registry. Held for milliseconds: what takes
 * longer happens outside.
 */
export async function withStateLock<Value>(
  places: StatePlaces,
  options: LockOptions,
  body: () => Promise<Value>,
): Promise<Value> {
  makePrivateDirectory(dirname(places.stateFile));
  return withLock(`${places.stateFile}.lock`, options, body);
}

/**
 * The agents in `state.json`, each once. What does not parse in it, or all of it when it is gone, is answered from the records beside the
 * agents; only a writer replaces the file. Throws FleetError `failed` when a newer `fleet` wrote it.
 */
export function readRegistry(places: StatePlaces): AgentEntry[] {
  return readState(places).entries;
}

/**
 * Replaces the registry by what `change` makes of it. The caller holds the state lock. A file that does not parse is never
 * overwritten: it is set aside under the path that is returned.
 */
export function changeRegistry(
  places: StatePlaces,
  change: (entries: readonly AgentEntry[]) => readonly AgentEntry[],
): { readonly setAside: string | undefined } {
  const { entries: before, whole } = readState(places);
  const text = `${JSON.stringify(change(before), null, 2)}\n`;
  const setAside = whole ? undefined : freePath(`${places.stateFile}.unreadable-${Date.now()}`);
  if (setAside !== undefined) moveAway(places.stateFile, setAside);
  replaceFile(places.stateFile, text);
  return { setAside };
}

/** The path, with a number behind it if something is there already: two files may be set aside in one millisecond. */
function freePath(path: string): string {
  let free = path;
  for (let number = 2; exists(free); number += 1) free = `${path}-${number}`;
  return free;
}

interface State {
  readonly entries: AgentEntry[];
  /** Nothing is lost when the file is replaced by the entries: it holds nothing else, or there is none. */
  readonly whole: boolean;
}

function readState(places: StatePlaces): State {
  const bytes = readBytesIfExists(places.stateFile);
  const parsed = bytes === undefined ? undefined : parsedArray(bytes);
  if (parsed === undefined) return { entries: rebuiltFromRecords(places), whole: bytes === undefined };
  const newer = parsed.map(newerVersion).find((version) => version !== undefined);
  if (newer !== undefined) {
    throw new FleetError(
      "failed",
      `${places.stateFile} was written by a newer fleet (version ${newer} of its entries)`,
      {
        hint: "to see the version of this one, run fleet --version",
      },
    );
  }
  const byId = new Map(parsed.filter(isAgentEntry).map((entry) => [entry.id, entry]));
  const entries = [...byId.values()];
  if (entries.length === parsed.length) return { entries, whole: true };
  return { entries: [...entries, ...rebuiltFromRecords(places).filter(({ id }) => !byId.has(id))], whole: false };
}

/** Records of agents whose worktree is still there, oldest first: what `state.json` would say. */
function rebuiltFromRecords(places: StatePlaces): AgentEntry[] {
  const present = readRecords(places)
    .filter(({ worktree }) => isRealDirectory(worktree))
    .filter(({ id, worktree }) => (ownerOf(worktree) ?? id) === id)
    .sort((a, b) => a.created_at.localeCompare(b.created_at));
  // The place of an agent that was killed may be that of another now, or again.
  const killed = new Set(present.filter(({ id }) => readEnding(places, id) !== undefined));
  const claims = [...killed, ...present.filter((entry) => !killed.has(entry))];
  const owners = new Map(claims.map((entry) => [entry.worktree, entry]));
  return present.filter((entry) => owners.get(entry.worktree) === entry);
}

/** The id of the agent that a worktree is marked for, if it is. */
function ownerOf(worktree: string): string | undefined {
  const admin = adminDirectory(worktree);
  return admin === undefined ? undefined : readMark(admin)?.id;
}

/** Bytes that are no text would be written back as other bytes. */
function parsedArray(bytes: Uint8Array): unknown[] | undefined {
  const value = parsedJson(utf8Text(bytes) ?? "");
  return Array.isArray(value) ? value : undefined;
}
