import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { FleetError } from "../errors.ts";
import { isRealDirectory, makePrivateDirectory, moveAway, readTextIfExists, replaceFile } from "../system/files.ts";
import { type LockOptions, withLock } from "../system/lock.ts";
import { type AgentEntry, isAgentEntry, newerVersion } from "./entry.ts";
import { agentFiles, type StatePlaces } from "./places.ts";

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
 * The agents in `state.json`, oldest first. A file that does not parse, or that is gone while agents have records, is answered from
 * the records beside the agents; only a writer replaces it. Throws FleetError `failed` when a newer `fleet` wrote it.
 */
export function readRegistry(places: StatePlaces): AgentEntry[] {
  const text = readTextIfExists(places.stateFile);
  const parsed = text === undefined ? undefined : parseArray(text);
  if (parsed === undefined) return rebuiltFromRecords(places);
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
  return parsed.filter(isAgentEntry);
}

/**
 * Replaces the registry by what `change` makes of it, and returns the new one. The caller holds the state lock. What does not parse
 * is set aside beside the new file, never overwritten.
 */
export function changeRegistry(
  places: StatePlaces,
  change: (entries: readonly AgentEntry[]) => readonly AgentEntry[],
): readonly AgentEntry[] {
  const entries = change(readRegistry(places));
  const text = readTextIfExists(places.stateFile);
  const previous = text === undefined ? [] : parseArray(text);
  if (text !== undefined && (previous === undefined || !previous.every(isAgentEntry))) {
    moveAway(places.stateFile, `${places.stateFile}.unreadable-${Date.now()}`);
  }
  replaceFile(places.stateFile, `${JSON.stringify(entries, null, 2)}\n`);
  return entries;
}

/** Records of agents whose worktree is still there: what `state.json` would say. */
function rebuiltFromRecords(places: StatePlaces): AgentEntry[] {
  if (!isRealDirectory(places.agentsRoot)) return [];
  return readdirSync(places.agentsRoot)
    .map((id) => parseObject(readTextIfExists(agentFiles(places, id).record) ?? ""))
    .filter(isAgentEntry)
    .filter((entry) => isRealDirectory(join(entry.worktree)))
    .sort((a, b) => a.created_at.localeCompare(b.created_at));
}

function parseArray(text: string): unknown[] | undefined {
  const value = parseObject(text);
  return Array.isArray(value) ? value : undefined;
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
