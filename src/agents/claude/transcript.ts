import { readdirSync } from "node:fs";
import { join } from "node:path";
import { exists, isRealDirectory, readLastLines } from "../../system/files.ts";
import type { FinishedTurn } from "../adapter.ts";
import { objectsFromEnd } from "../json-lines.ts";
import { isSameText } from "../same-text.ts";

/** Rows hold whole prompts and tool results; a turn's end and its last text are near the end. */
const tailBytes = 1_000_000;

interface Row {
  readonly type?: string;
  readonly subtype?: string;
  readonly timestamp?: string;
  /** Of a `queue-operation`: the prompt that waits for the end of the turn. */
  readonly content?: unknown;
  readonly message?: { readonly content?: readonly { readonly type?: string; readonly text?: string }[] | string };
}

/**
 * The last finished turn in `projects/<directory>/<session>.jsonl`: a `turn_duration` row ends it, the assistant rows before it hold
 * the reply. The directory is named after the worktree in a way that two paths can share, so the session is looked for by its id.
 */
export function lastClaudeTurn(projects: string, session: string): FinishedTurn | undefined {
  const file = transcriptOf(projects, session);
  if (file === undefined) return undefined;
  let endedAt: Date | undefined;
  for (const row of objectsFromEnd(readLastLines(file, tailBytes)) as Generator<Row>) {
    if (endedAt === undefined) {
      if (row.subtype === "turn_duration" && row.timestamp !== undefined) endedAt = new Date(row.timestamp);
      continue;
    }
    const reply = row.type === "assistant" ? textOf(row) : "";
    if (reply !== "") return { endedAt, reply };
  }
  return endedAt === undefined ? undefined : { endedAt, reply: "" };
}

/** Whether a prompt was taken, or put into the queue of a busy agent, since a moment. */
export function hasClaudePrompt(projects: string, session: string, text: string, since: Date): boolean {
  const file = transcriptOf(projects, session);
  if (file === undefined) return false;
  for (const row of objectsFromEnd(readLastLines(file, tailBytes)) as Generator<Row>) {
    if (row.timestamp === undefined) continue;
    if (new Date(row.timestamp) < since) return false;
    if (isSameText(promptIn(row) ?? "", text)) return true;
  }
  return false;
}

/** Whether there is a conversation with this id to go on with. */
export function hasTranscript(projects: string, session: string): boolean {
  return transcriptOf(projects, session) !== undefined;
}

function transcriptOf(projects: string, session: string): string | undefined {
  if (!isRealDirectory(projects)) return undefined;
  return readdirSync(projects)
    .map((name) => join(projects, name, `${session}.jsonl`))
    .find(exists);
}

function promptIn({ type, content, message }: Row): string | undefined {
  const said = type === "queue-operation" ? content : message?.content;
  return (type === "queue-operation" || type === "user") && typeof said === "string" ? said : undefined;
}

function textOf({ message }: Row): string {
  if (typeof message?.content === "string") return message.content;
  return (message?.content ?? []).map(({ type, text }) => (type === "text" ? (text ?? "") : "")).join("");
}
