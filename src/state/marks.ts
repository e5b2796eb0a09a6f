import { dirname, join } from "node:path";
import { isRealDirectory, readTextIfExists, realPath, removeTree, replaceFile } from "../system/files.ts";
import { type AgentEntry, isAgentEntry } from "./entry.ts";
import { parsedJson } from "./json.ts";
import type { StatePlaces } from "./places.ts";

/** Our copy of the entry in git's own directory of a worktree: it moves with the worktree and goes with its registration. */
const markName = "ai-fleet.json";

/** Marks a worktree as an agent's, and as one of this fleet; `admin` is git's directory of it. */
export function writeMark(admin: string, entry: AgentEntry, { agentsRoot }: Pick<StatePlaces, "agentsRoot">): void {
  replaceFile(join(admin, markName), `${JSON.stringify({ ...entry, agents_root: agentsRoot }, null, 2)}\n`);
}

/** The worktree is no agent's any more. */
export function removeMark(admin: string): void {
  removeTree(join(admin, markName));
}

/** The entry of the agent that a worktree was made for, as it was when it was marked. A mark that does not parse proves nothing. */
export function readMark(admin: string): AgentEntry | undefined {
  const mark = markOf(admin);
  if (!isAgentEntry(mark)) return undefined;
  const { agents_root: _, ...entry } = mark as AgentEntry & { readonly agents_root?: unknown };
  return entry;
}

/**
 * Where another fleet (of another `AI_FLEET_HOME`) keeps its agents, when the agent of a mark is one of those; `undefined` when it is ours,
 * or when that fleet knows nothing of it any more. Marks of earlier versions do not name their fleet: it is then looked for beside the worktree.
 */
export function otherFleetOf(
  admin: string,
  entry: AgentEntry,
  { agentsRoot }: Pick<StatePlaces, "agentsRoot">,
): string | undefined {
  const named = (markOf(admin) as { readonly agents_root?: unknown } | undefined)?.agents_root;
  const root = typeof named === "string" ? named : join(dirname(dirname(entry.worktree)), "agents");
  const isOurs = realPath(root) === (realPath(agentsRoot) ?? agentsRoot);
  return !isOurs && isRealDirectory(join(root, entry.id)) ? root : undefined;
}

function markOf(admin: string): unknown {
  return parsedJson(readTextIfExists(join(admin, markName)) ?? "");
}
