import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isFile, isRealDirectory, readFirstLine, readLastLines } from "../../system/files.ts";
import type { FinishedTurn } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, textOf } from "../fields.ts";
import { objectsFromEnd } from "../json-lines.ts";
import { isSameText } from "../same-text.ts";

const tailBytes = 1_000_000;
/** It holds the instructions that the session began with. */
const firstRowBytes = 1_000_000;
const dayMilliseconds = 86_400_000;

/**
 * The last finished turn of the session that was started in this worktree: the newest `sessions/YYYY/MM/DD/rollout-*.jsonl` whose first
 * row names it. Folders are named by local date, so the day before the start is looked at too.
 */
export function lastCodexTurn(sessions: string, worktree: string, startedAt: Date): FinishedTurn | undefined {
  const rollout = rolloutOf(sessions, worktree, startedAt);
  if (rollout === undefined) return undefined;
  for (const row of objectsFromEnd(readLastLines(rollout, tailBytes))) {
    const payload = fieldsOf(row.payload);
    const endedAt = payload.type === "task_complete" ? momentOf(row.timestamp) : undefined;
    if (endedAt !== undefined) return { endedAt, reply: textOf(payload.last_agent_message) ?? "" };
  }
  return undefined;
}

/** Whether a prompt was taken since a moment. */
export function hasCodexPrompt(
  sessions: string,
  worktree: string,
  startedAt: Date,
  text: string,
  since: Date,
): boolean {
  const rollout = rolloutOf(sessions, worktree, startedAt);
  if (rollout === undefined) return false;
  for (const row of objectsFromEnd(readLastLines(rollout, tailBytes))) {
    const at = momentOf(row.timestamp);
    if (at !== undefined && at < since) return false;
    const { role, content } = fieldsOf(row.payload);
    if (role !== "user" || !Array.isArray(content)) continue;
    if (content.some((part) => isSameText(textOf(fieldsOf(part).text) ?? "", text))) return true;
  }
  return false;
}

/** The id of the session that was started in this worktree, to go on with it, if it can be no option on a command line. */
export function codexSession(sessions: string, worktree: string, startedAt: Date): string | undefined {
  const rollout = rolloutOf(sessions, worktree, startedAt);
  const id = rollout === undefined ? undefined : textOf(fieldsOf(firstRow(rollout).payload).id);
  return id !== undefined && /^\w[\w-]*$/.test(id) ? id : undefined;
}

function rolloutOf(sessions: string, worktree: string, startedAt: Date): string | undefined {
  return rollouts(sessions, startedAt).find((file) => {
    const row = firstRow(file);
    const begunAt = momentOf(row.timestamp);
    return fieldsOf(row.payload).cwd === worktree && begunAt !== undefined && begunAt >= startedAt;
  });
}

function rollouts(sessions: string, startedAt: Date): string[] {
  const oldest = new Date(startedAt.getTime() - dayMilliseconds).toISOString().slice(0, 10).replaceAll("-", "/");
  return ["", "", ""]
    .reduce(
      (folders) => folders.flatMap((folder) => namesIn(join(sessions, folder)).map((name) => join(folder, name))),
      [""],
    )
    .filter((day) => day >= oldest)
    .flatMap((day) => namesIn(join(sessions, day)).map((name) => join(sessions, day, name)))
    .filter((file) => file.endsWith(".jsonl"))
    .sort()
    .reverse();
}

function firstRow(file: string): Fields {
  const line = isFile(file) ? readFirstLine(file, firstRowBytes) : undefined;
  const [row] = objectsFromEnd(line === undefined ? [] : [line]);
  return row ?? {};
}

function namesIn(directory: string): string[] {
  return isRealDirectory(directory) ? readdirSync(directory) : [];
}
