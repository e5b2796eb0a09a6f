import { queryDatabase } from "../../system/sqlite.ts";
import type { ConversationPart, FinishedTurn, TranscriptPlace } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { objectIn } from "../json-lines.ts";
import { type FailedState, failedState } from "../model-failure.ts";
import { isSameText } from "../same-text.ts";
import { type ToolNames, toolUse } from "../tool-use.ts";

const tools: ToolNames = {
  run: ["bash"],
  edit: ["edit", "patch"],
  write: ["write"],
  read: ["read"],
  search: ["grep"],
  find: ["glob", "list"],
};

/** Which of the conversations in the database is meant: the newest that began in this worktree since then, wherever that was at the time. */
export interface OpencodeSession {
  readonly database: string;
  readonly worktree: string;
  readonly earlier: NonNullable<TranscriptPlace["earlier"]>;
  readonly startedAt: Date;
}

/** The error of a turn that the user has stopped. */
const interrupted = "MessageAbortedError";

/**
 * The last turn that ended with an answer. The column `data` of the table `message` has its times in milliseconds, and in `finish` why
 * the model stopped: with `tool-calls` the turn goes on.
 */
export function lastOpencodeTurn(session: OpencodeSession): FinishedTurn | undefined {
  for (const { id, message } of newestMessages(session)) {
    if (message.role !== "assistant" || message.error !== undefined || message.finish === "tool-calls") continue;
    const endedAt = momentOf(fieldsOf(message.time).completed);
    if (endedAt !== undefined) return { endedAt, reply: saidIn(session, id) };
  }
  return undefined;
}

/** Whether a prompt was taken, or put into the queue of a busy agent, since a moment. */
export function hasOpencodePrompt(session: OpencodeSession, text: string, since: Date): boolean {
  for (const { id, message } of newestMessages(session)) {
    const at = momentOf(fieldsOf(message.time).created);
    if (at === undefined || at < since) return false;
    if (message.role === "user" && isSameText(saidIn(session, id), text)) return true;
  }
  return false;
}

/** Whether a prompt that was handed over since a moment waits no more: one in the queue is a message, too, but none of the model follows. */
export function tookOpencodePrompt(session: OpencodeSession, text: string, since: Date): boolean {
  let isFollowed = false;
  for (const { id, message } of newestMessages(session)) {
    const at = momentOf(fieldsOf(message.time).created);
    if (at === undefined || at < since) return false;
    if (message.role === "assistant") isFollowed = true;
    if (message.role === "user" && isSameText(saidIn(session, id), text)) return isFollowed;
  }
  return false;
}

/** Why the last turn ended without an answer; `undefined` when it did not, was interrupted, or another has begun. */
export function opencodeFailure(session: OpencodeSession): (FailedState & { readonly since: Date }) | undefined {
  const [newest] = newestMessages(session, 1);
  const { name, data } = fieldsOf(newest?.message.error);
  const { completed, created } = fieldsOf(newest?.message.time);
  const since = momentOf(completed) ?? momentOf(created);
  if (name === undefined || name === interrupted || since === undefined) return undefined;
  const { message, statusCode } = fieldsOf(data);
  const failure = {
    cause: name === "ProviderAuthError" ? ("login" as const) : undefined,
    status: numberOf(statusCode),
    message: textOf(message) ?? String(name),
  };
  return { ...failedState(failure), since };
}

/** Everything that was said and done, the newest first. */
export function* opencodeConversation(session: OpencodeSession): Generator<ConversationPart> {
  const { sql, values } = newestSession(session);
  const rows = queryDatabase(session.database, partsOf(sql), [...values, mostParts]) ?? [];
  for (const [index, row] of rows.entries()) {
    const at = momentOf(row.created);
    // It stands below the parts of its message.
    if (typeof row.error === "string" && row.message !== rows[index - 1]?.message)
      yield { at, by: "error", text: row.error };
    if (typeof row.tool === "string") yield toolUse(tools, at, row.tool, objectIn(textOf(row.input)));
    else if (typeof row.text === "string" && row.text.trim()) {
      yield { at, by: row.role === "user" ? "user" : "agent", text: row.text };
    }
  }
}

/** The conversation to go on with, and the directory in which opencode would do so; `undefined` when there is none. */
export function opencodeSession(
  session: OpencodeSession,
): { readonly id: string; readonly directory: string } | undefined {
  const { sql, values } = newestSession(session);
  const [row] = queryDatabase(session.database, `SELECT id, directory FROM session WHERE id = ${sql}`, values) ?? [];
  const id = textOf(row?.id);
  return id === undefined ? undefined : { id, directory: textOf(row?.directory) ?? "" };
}

/** A piece of a query, and the values that stand in it. */
interface Clause {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Which sessions began in the worktree since the agent was started: where it was earlier, only as long as it was there. */
export function beganThere({ worktree, earlier, startedAt }: Omit<OpencodeSession, "database">): Clause {
  const left = earlier.map(({ worktree: place, until }) => [place, until.getTime()] as const);
  const places = ["session.directory = ?", ...left.map(() => "(session.directory = ? AND session.time_created <= ?)")];
  return {
    sql: `(session.time_created >= ? AND (${places.join(" OR ")}))`,
    values: [startedAt.getTime(), worktree, ...left.flat()],
  };
}

/** More than anybody reads. */
const mostParts = 20_000;

function newestSession(session: OpencodeSession): Clause {
  const { sql, values } = beganThere(session);
  const newest = "ORDER BY session.time_created DESC LIMIT 1";
  return { sql: `(SELECT id FROM session WHERE ${sql} AND parent_id IS NULL ${newest})`, values };
}

/** Without the results of tools, which may be of any size. */
const partsOf = (session: string) => `
  SELECT message.id AS message, message.time_created AS created,
    json_extract(message.data, '$.role') AS role, CASE WHEN json_extract(message.data, '$.error.name') <> '${interrupted}'
      THEN json_extract(message.data, '$.error.data.message') END AS error,
    json_extract(part.data, '$.tool') AS tool, json_extract(part.data, '$.state.input') AS input,
    CASE WHEN json_extract(part.data, '$.type') = 'text' AND json_extract(part.data, '$.synthetic') IS NOT 1
      THEN json_extract(part.data, '$.text') END AS text
  FROM message LEFT JOIN part ON part.message_id = message.id
  WHERE message.session_id = ${session}
  ORDER BY message.time_created DESC, message.id DESC, part.id DESC LIMIT ?`;

const messagesOf = (session: string) => `
  SELECT id, data FROM message WHERE session_id = ${session} ORDER BY time_created DESC, id DESC LIMIT ?`;

/** A turn may have hundreds, one for each time the model was asked. */
const mostMessages = 2000;

function newestMessages(
  session: OpencodeSession,
  most = mostMessages,
): { readonly id: string; readonly message: Fields }[] {
  const { sql, values } = newestSession(session);
  const rows = queryDatabase(session.database, messagesOf(sql), [...values, most]) ?? [];
  return rows.map(({ id, data }) => ({ id: String(id), message: objectIn(textOf(data)) }));
}

/** A part that is `synthetic` was not said, but added by opencode. */
function saidIn({ database }: OpencodeSession, message: string): string {
  const rows = queryDatabase(database, "SELECT data FROM part WHERE message_id = ? ORDER BY id", [message]) ?? [];
  return rows
    .map(({ data }) => objectIn(textOf(data)))
    .map(({ type, text, synthetic }) => (type === "text" && synthetic !== true ? (textOf(text) ?? "") : ""))
    .join("");
}
