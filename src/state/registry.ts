import { dirname, join } from "node:path";
import { FleetError } from "../errors.ts";
import { isRealDirectory, makePrivateDirectory, moveAway, readTextIfExists, replaceFile } from "../system/files.ts";
import { type LockOptions, withLock } from "../system/lock.ts";
import { type AgentEntry, isAgentEntry, newerVersion } from "./entry.ts";
import { keptIds } from "./ids.ts";
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
 * The agents in `state.json`, oldest first. What does not parse in it, or all of it when it is gone, is answered from the records
 * beside the agents; only a writer replaces the file. Throws FleetError `failed` when a newer `fleet` wrote it.
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
  const entries = parsed.filter(isAgentEntry);
  if (entries.length === parsed.length) return entries;
  const known = new Set(entries.map(({ id }) => id));
  return [...entries, ...rebuiltFromRecords(places).filter(({ id }) => !known.has(id))];
}

/**
 * Replaces the registry by what `change` makes of it. The caller holds the state lock. A file that does not parse is never
 * overwritten: it is set aside under the path that is returned.
 */
export function changeRegistry(
  places: StatePlaces,
  change: (entries: readonly AgentEntry[]) => readonly AgentEntry[],
): { readonly setAside: string | undefined } {
  const entries = change(readRegistry(places));
  const text = readTextIfExists(places.stateFile);
  const previous = text === undefined ? [] : parseArray(text);
  let setAside: string | undefined;
  if (text !== undefined && (previous === undefined || !previous.every(isAgentEntry))) {
    setAside = `${places.stateFile}.unreadable-${Date.now()}`;
    moveAway(places.stateFile, setAside);
  }
  replaceFile(places.stateFile, `${JSON.stringify(entries, null, 2)}\n`);
  return { setAside };
}

/** Records of agents whose worktree is still there: what `state.json` would say. */
function rebuiltFromRecords(places: StatePlaces): AgentEntry[] {
  return keptIds(places)
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
