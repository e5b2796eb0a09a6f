import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { makePrivateDirectory } from "../../system/files.ts";
import { withLock } from "../../system/lock.ts";
import { type Fleet, lockOptions, statePlaces } from "../fleet.ts";

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
