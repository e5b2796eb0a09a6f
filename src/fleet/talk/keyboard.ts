import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { makePrivateDirectory } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import { type Fleet, lockOptions, statePlaces } from "../fleet.ts";

/** Agents tell a paste from typing by its speed: an Enter that comes with it becomes a line end. Measured for all four CLIs. */
export const pauseBeforeEnterMilliseconds = 250;

/** Does something as the only fleet command that presses keys in the pane of an agent, so that what two of them type never mixes. */
export async function holdingKeyboard<Value>(
  fleet: Fleet,
  entry: AgentEntry,
  body: () => Promise<Value>,
): Promise<Value> {
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(directory);
  return withLock(`${directory}/prompt.lock`, lockOptions(fleet), body);
}
