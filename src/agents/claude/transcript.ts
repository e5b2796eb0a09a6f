import { readdirSync } from "node:fs";
import { join } from "node:path";
import { isFile, isRealDirectory, readLastLines } from "../../system/files.ts";
import type { FinishedTurn } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, textOf } from "../fields.ts";
import { objectsFromEnd } from "../json-lines.ts";
import { isSameText } from "../same-text.ts";

/** Rows hold whole prompts and tool results; a turn's end and its last text are near the end. */
const tailBytes = 1_000_000;

/**
 * The last finished turn in `projects/<directory>/<session>.jsonl`: a `turn_duration` row ends it, the assistant rows before it hold
 * the reply. The directory is named after the worktree in a way that two paths can share, so the session is looked for by its id.
 */
export function lastClaudeTurn(projects: string, session: string): FinishedTurn | undefined {
  const file = transcriptOf(projects, session);
  if (file === undefined) return undefined;
  let endedAt: Date | undefined;
  for (const row of objectsFromEnd(readLastLines(file, tailBytes))) {
    if (endedAt === undefined) {
      if (row.subtype === "turn_duration") endedAt = momentOf(row.timestamp);
      continue;
    }
    const reply = row.type === "assistant" ? saidIn(row) : "";
    if (reply !== "") return { endedAt, reply };
  }
  return endedAt === undefined ? undefined : { endedAt, reply: "" };
}

/** Whether a prompt was taken, or put into the queue of a busy agent, since a moment. */
export function hasClaudePrompt(projects: string, session: string, text: string, since: Date): boolean {
  const file = transcriptOf(projects, session);
  if (file === undefined) return false;
  for (const row of objectsFromEnd(readLastLines(file, tailBytes))) {
    const at = momentOf(row.timestamp);
    if (at === undefined) continue;
    if (at < since) return false;
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
    .find(isFile);
}

/** Of a `queue-operation`, the prompt that waits for the end of the turn. */
function promptIn({ type, content, message }: Fields): string | undefined {
  if (type === "queue-operation") return textOf(content);
  return type === "user" ? textOf(fieldsOf(message).content) : undefined;
}

function saidIn({ message }: Fields): string {
  const { content } = fieldsOf(message);
  if (!Array.isArray(content)) return textOf(content) ?? "";
  return content
    .map(fieldsOf)
    .map(({ type, text }) => (type === "text" ? (textOf(text) ?? "") : ""))
    .join("");
}
