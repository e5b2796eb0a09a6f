import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles, type StatePlaces } from "../../../state/places.ts";
import { removeTree, replaceFile } from "../../../system/files.ts";
import { forgetKill } from "../../worktree/killed-mark.ts";

/** What is left to do once the agent is in the registry: until then its record is that of the agent that was killed. */
export function finishRestore(places: StatePlaces, entry: AgentEntry): void {
  const { record, ending } = agentFiles(places, entry.id);
  replaceFile(record, `${JSON.stringify(entry, null, 2)}\n`);
  forgetKill(entry.worktree);
  removeTree(ending);
}
