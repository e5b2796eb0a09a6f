import { join } from "node:path";
import { readTextIfExists, replaceFile } from "../system/files.ts";
import { type AgentEntry, isAgentEntry } from "./entry.ts";
import { parsedJson } from "./json.ts";

/** Our copy of the entry in git's own directory of a worktree: it moves with the worktree and goes with its registration. */
const markName = "ai-fleet.json";

/** Marks a worktree as an agent's; `admin` is git's directory of it. */
export function writeMark(admin: string, entry: AgentEntry): void {
  replaceFile(join(admin, markName), `${JSON.stringify(entry, null, 2)}\n`);
}

/** The entry of the agent that a worktree was made for, as it was when it was marked. A mark that does not parse proves nothing. */
export function readMark(admin: string): AgentEntry | undefined {
  const mark = parsedJson(readTextIfExists(join(admin, markName)) ?? "");
  return isAgentEntry(mark) ? mark : undefined;
}
