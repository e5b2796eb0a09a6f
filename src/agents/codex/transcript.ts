import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isRealDirectory, readLastLines, readTextIfExists } from "../../system/files.ts";
import type { FinishedTurn } from "../adapter.ts";
import { objectsFromEnd } from "../json-lines.ts";
import { isSameText } from "../same-text.ts";

const tailBytes = 1_000_000;
const dayMilliseconds = 86_400_000;

interface Row {
  readonly type?: string;
  readonly timestamp?: string;
  readonly payload?: {
    readonly type?: string;
    readonly cwd?: string;
    readonly id?: string;
    readonly role?: string;
    readonly content?: readonly { readonly text?: string }[];
    readonly last_agent_message?: string | null;
  };
}

/**
 * The last finished turn of the session that was started in this worktree: the newest `sessions/YYYY/MM/DD/rollout-*.jsonl` whose first
 * row names it. Folders are named by local date, so the day before the start is looked at too.
 */
export function lastCodexTurn(sessions: string, worktree: string, startedAt: Date): FinishedTurn | undefined {
  const rollout = rolloutOf(sessions, worktree, startedAt);
  if (rollout === undefined) return undefined;
  for (const row of objectsFromEnd(readLastLines(rollout, tailBytes)) as Generator<Row>) {
    if (row.payload?.type === "task_complete" && row.timestamp !== undefined) {
      return { endedAt: new Date(row.timestamp), reply: row.payload.last_agent_message ?? "" };
    }
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
  for (const { timestamp, payload } of objectsFromEnd(readLastLines(rollout, tailBytes)) as Generator<Row>) {
    if (timestamp !== undefined && new Date(timestamp) < since) return false;
    if (payload?.role !== "user" || !Array.isArray(payload.content)) continue;
    if (payload.content.some((part) => isSameText(part.text ?? "", text))) return true;
  }
  return false;
}

/** The id of the session that was started in this worktree, to go on with it. */
export function codexSession(sessions: string, worktree: string, startedAt: Date): string | undefined {
  const rollout = rolloutOf(sessions, worktree, startedAt);
  return rollout === undefined ? undefined : firstRow(rollout)?.payload?.id;
}

function rolloutOf(sessions: string, worktree: string, startedAt: Date): string | undefined {
  return rollouts(sessions, startedAt).find((file) => {
    const row = firstRow(file);
    return row?.payload?.cwd === worktree && new Date(row.timestamp ?? 0) >= startedAt;
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

function firstRow(file: string): Row | undefined {
  const [line = ""] = (readTextIfExists(file) ?? "").split("\n", 1);
  const [row] = objectsFromEnd([line]);
  return row as Row | undefined;
}

function namesIn(directory: string): string[] {
  return isRealDirectory(directory) ? readdirSync(directory) : [];
}
