import { dirname, join } from "node:path";
import { isFile, namesIn } from "../../system/files.ts";
import { linesFromEnd } from "../../system/lines.ts";
import type { ConversationPart, FinishedTurn } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { objectsIn } from "../json-lines.ts";
import { type FailedState, type FailureCause, failedState, type ModelFailure } from "../model-failure.ts";
import { isSameText } from "../same-text.ts";
import { type ToolNames, toolUse } from "../tool-use.ts";

const tools: ToolNames = {
  run: ["Bash"],
  edit: ["Edit", "MultiEdit", "NotebookEdit"],
  write: ["Write"],
  read: ["Read"],
  search: ["Grep"],
  find: ["Glob", "LS"],
};

/** Rows hold whole prompts and tool results; a turn's end and its last text are near the end. */
const tailBytes = 1_000_000;

/** Where the transcript of a session is: `worktree` only says where to look first. */
export interface ClaudeSession {
  /** `projects` in the directory of Claude Code's configuration. */
  readonly projects: string;
  readonly id: string;
  readonly worktree: string;
}

/** The last finished turn: a `turn_duration` row ends it, the assistant rows before it hold the reply. */
export function lastClaudeTurn(session: ClaudeSession): FinishedTurn | undefined {
  let endedAt: Date | undefined;
  for (const row of newestRows(session)) {
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
export function hasClaudePrompt(session: ClaudeSession, text: string, since: Date): boolean {
  for (const row of newestRows(session)) {
    const at = momentOf(row.timestamp);
    if (at === undefined) continue;
    if (at < since) return false;
    if (isSameText(promptIn(row) ?? "", text)) return true;
  }
  return false;
}

/** Why the last turn ended without an answer; `undefined` when it did not, was interrupted, or another has begun. */
export function claudeFailure(session: ClaudeSession): (FailedState & { readonly since: Date }) | undefined {
  for (const row of newestRows(session)) {
    if (row.subtype === "turn_duration") return undefined;
    if (row.isSidechain === true || (row.type !== "assistant" && row.type !== "user")) continue;
    const since = momentOf(row.timestamp);
    if (row.isApiErrorMessage !== true || since === undefined) return undefined;
    return { ...failedState(failureIn(row)), since };
  }
  return undefined;
}

/** Everything that was said and done, the newest first, without what an agent of the agent did. */
export function* claudeConversation(session: ClaudeSession): Generator<ConversationPart> {
  const file = transcriptOf(session);
  if (file === undefined) return;
  for (const row of objectsIn(linesFromEnd(file))) {
    if (row.isSidechain !== true) yield* partsOf(row).reverse();
  }
}

/** Where the conversation is, if there is one, and where Claude Code looks for one of this worktree. */
export function claudeConversationFile(session: ClaudeSession): {
  readonly expected: string;
  readonly found: () => string | undefined;
} {
  return { expected: join(directoryOf(session), `${session.id}.jsonl`), found: () => transcriptOf(session) };
}

/** Whether there is a conversation to go on with. */
export function hasTranscript(session: ClaudeSession): boolean {
  return transcriptOf(session) !== undefined;
}

function* newestRows(session: ClaudeSession): Generator<Fields> {
  const file = transcriptOf(session);
  if (file !== undefined) yield* objectsIn(linesFromEnd(file, tailBytes));
}

/** The directories in which conversations of this worktree are: that which is named after it, and that in which the session began. */
export function transcriptDirectories(session: ClaudeSession): string[] {
  const expected = directoryOf(session);
  const begun = session.id === "" ? undefined : transcriptOf(session);
  return [...new Set([expected, ...(begun === undefined ? [] : [dirname(begun)])])];
}

/**
 * `projects/<directory>/<session>.jsonl`, where the directory is named after the worktree: each other character is a dash, and a long
 * name is cut. It may also be another one, since the session may have begun elsewhere.
 */
function transcriptOf(session: ClaudeSession): string | undefined {
  const { projects, id } = session;
  const expected = join(directoryOf(session), `${id}.jsonl`);
  if (isFile(expected)) return expected;
  return namesIn(projects)
    .map((name) => join(projects, name, `${id}.jsonl`))
    .find(isFile);
}

function directoryOf({ projects, worktree }: ClaudeSession): string {
  return join(projects, worktree.replace(/[^A-Za-z0-9]/g, "-"));
}

/** The row of a failure has Claude Code's own words for the user, its cause in a word, and what is known of the server's answer. */
function failureIn(row: Fields): ModelFailure {
  const resetsAt = numberOf(fieldsOf(row.quotaLimits).resetsAt);
  return {
    cause: causeOf(row),
    status: numberOf(row.apiErrorStatus),
    message: saidIn(row).replace(/^(Please run \/login · )?API Error: (\d{3} )?/, ""),
    again: resetsAt === undefined ? undefined : momentOf(resetsAt * 1000),
  };
}

/**
 * `error` is `authentication_failed`, `billing_error`, `rate_limit`, `server_error`, `model_not_found`, `unknown`, ... Without a key it
 * asks no server, so there is no status. A subscription that is used up has limits.
 */
function causeOf({ error, apiErrorStatus, apiErrorType, quotaLimits }: Fields): FailureCause | undefined {
  if (error === "billing_error" || fieldsOf(quotaLimits).resetsAt !== undefined) return "quota";
  if (error === "authentication_failed" && apiErrorStatus === undefined) return "login";
  return apiErrorType === "overloaded_error" ? "overload" : undefined;
}

/** A row of the user's that is `isMeta` was not written by them. A prompt that waited and was taken within a turn is an attachment. */
function partsOf(row: Fields): ConversationPart[] {
  const at = momentOf(row.timestamp);
  const { type: attached, prompt, isMeta } = fieldsOf(row.attachment);
  if (row.type === "attachment" && attached === "queued_command" && isMeta !== true) {
    const text = textOf(prompt) ?? saidIn({ message: { content: prompt } });
    return text.trim() === "" ? [] : [{ at, by: "user", text }];
  }
  if (row.isApiErrorMessage === true) return [{ at, by: "error", text: saidIn(row) }];
  if (row.isMeta === true || (row.type !== "user" && row.type !== "assistant")) return [];
  const by = row.type === "user" ? "user" : "agent";
  return blocksOf(row).flatMap(({ type, text, name, input }): ConversationPart[] => {
    if (type === "tool_use") return [toolUse(tools, at, textOf(name), fieldsOf(input))];
    const said = type === "text" ? textOf(text) : undefined;
    return said?.trim() ? [{ at, by, text: said }] : [];
  });
}

/** Of a `queue-operation`, the prompt that waits for the end of the turn. */
function promptIn({ type, content, message }: Fields): string | undefined {
  if (type === "queue-operation") return textOf(content);
  return type === "user" ? textOf(fieldsOf(message).content) : undefined;
}

function saidIn(row: Fields): string {
  return blocksOf(row)
    .map(({ type, text }) => (type === "text" ? (textOf(text) ?? "") : ""))
    .join("");
}

function blocksOf({ message }: Fields): readonly Fields[] {
  const { content } = fieldsOf(message);
  return Array.isArray(content) ? content.map(fieldsOf) : [{ type: "text", text: content }];
}
