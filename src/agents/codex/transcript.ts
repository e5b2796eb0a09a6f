import { basename, join } from "node:path";
import { namesIn } from "../../system/files.ts";
import { beginningOf, linesFromEnd } from "../../system/lines.ts";
import type { ConversationPart, FinishedTurn, ToolUse, TranscriptPlace } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { objectIn, objectsIn } from "../json-lines.ts";
import { type FailedState, type FailureCause, failedState, type ModelFailure } from "../model-failure.ts";
import { isSameText } from "../same-text.ts";
import { type ToolNames, toolUse } from "../tool-use.ts";

const tools: ToolNames = {
  run: ["exec_command", "shell", "shell_command", "local_shell"],
  edit: ["apply_patch"],
};

const tailBytes = 1_000_000;
const dayMilliseconds = 86_400_000;

/** Which of the conversations in `sessions` is meant: the newest that began in this worktree since then, wherever that was at the time. */
export interface CodexSession {
  readonly sessions: string;
  readonly worktree: string;
  readonly earlier: NonNullable<TranscriptPlace["earlier"]>;
  readonly startedAt: Date;
}

/** The last finished turn of the session. */
export function lastCodexTurn(session: CodexSession): FinishedTurn | undefined {
  for (const { payload, timestamp } of newestRows(session)) {
    const { type, last_agent_message: reply } = fieldsOf(payload);
    const endedAt = type === "task_complete" ? momentOf(timestamp) : undefined;
    if (endedAt !== undefined) return { endedAt, reply: textOf(reply) ?? "" };
  }
  return undefined;
}

/** Whether a prompt was taken since a moment. */
export function hasCodexPrompt(session: CodexSession, text: string, since: Date): boolean {
  for (const { timestamp, payload } of newestRows(session)) {
    const at = momentOf(timestamp);
    if (at !== undefined && at < since) return false;
    const { role, content } = fieldsOf(payload);
    if (role === "user" && textsIn(content).some((said) => isSameText(said, text))) return true;
  }
  return false;
}

/** Why the last turn ended without an answer; `undefined` when it did not, was interrupted, or another has begun. */
export function codexFailure(session: CodexSession): (FailedState & { readonly since: Date }) | undefined {
  for (const { payload, timestamp } of newestRows(session)) {
    const { type, error } = fieldsOf(payload);
    if (type === "task_started") return undefined;
    if (type !== "task_complete") continue;
    const since = momentOf(timestamp);
    if (!error || since === undefined) return undefined;
    return { ...failedState(failureIn(fieldsOf(error), since)), since };
  }
  return undefined;
}

/** Everything that was said and done, the newest first. */
export function* codexConversation(session: CodexSession): Generator<ConversationPart> {
  const rollout = rolloutOf(session);
  if (rollout === undefined) return;
  for (const row of objectsIn(linesFromEnd(rollout))) {
    const part = partIn(fieldsOf(row.payload), momentOf(row.timestamp));
    if (part !== undefined) yield part;
  }
}

/** The id of the session, to go on with it, if it can be no option on a command line. */
export function codexSession(session: CodexSession): string | undefined {
  const rollout = rolloutOf(session);
  const id = rollout === undefined ? undefined : headOf(rollout).id;
  return id !== undefined && /^\w[\w-]*$/.test(id) ? id : undefined;
}

/** All conversations that began in the worktree since then, those of agents that the agent started included. */
export function codexRollouts(session: CodexSession): string[] {
  return rollouts(session.sessions, session.startedAt).filter((file) => beganThere(session, headOf(file)));
}

function beganThere({ worktree, earlier, startedAt }: CodexSession, { cwd, begunAt }: Head): boolean {
  if (begunAt === undefined || begunAt < startedAt) return false;
  return cwd === worktree || earlier.some((place) => place.worktree === cwd && begunAt <= place.until);
}

function* newestRows(session: CodexSession): Generator<Fields> {
  const rollout = rolloutOf(session);
  if (rollout !== undefined) yield* objectsIn(linesFromEnd(rollout, tailBytes));
}

/**
 * The error of a `task_complete` has words for the user, and a word for the cause or an object whose one key is that:
 * `{"http_connection_failed":{"http_status_code":401}}`.
 */
function failureIn({ message: words, codex_error_info: info }: Fields, at: Date): ModelFailure {
  const message = textOf(words) ?? "";
  const [word = "", details] = typeof info === "string" ? [info] : (Object.entries(fieldsOf(info))[0] ?? []);
  return {
    cause: causeOf(word, message),
    status: numberOf(fieldsOf(details).http_status_code) ?? statusIn(message),
    message: messageIn(message),
    again: timeIn(message, at),
  };
}

function causeOf(word: string, message: string): FailureCause | undefined {
  // It has a message of its own for a key that is not there, and no word.
  if (word === "unauthorized" || /^Missing environment variable/.test(message)) return "login";
  return causes.get(word) ?? (answerIn(message) === undefined ? undefined : "refusal");
}

const causes: ReadonlyMap<string, FailureCause> = new Map([
  ["usage_limit_exceeded", "quota"],
  ["server_overloaded", "overload"],
  ["internal_server_error", "server"],
  ["model_not_found", "refusal"],
  ["bad_request", "refusal"],
]);

function messageIn(message: string): string {
  return answerIn(message) ?? message.replace(/, url: \S+$/, "").replace(/^unexpected status \d{3} [^:]*: /, "");
}

/** What the server said, where its answer is handed on as it came. */
function answerIn(message: string): string | undefined {
  return textOf(fieldsOf(objectIn(message).error).message);
}

function statusIn(message: string): number | undefined {
  const status = /\bstatus:? (\d{3})\b/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** `try again at 3:14 PM`, or `at Nov 25th, 2026 3:14 PM` when that is not the day of the message. */
function timeIn(message: string, at: Date): Date | undefined {
  const [, day, time] = /try again at (?:(\w{3} \d+(?:st|nd|rd|th)?, \d{4}) )?(\d+:\d\d\s[AP]M)/.exec(message) ?? [];
  if (time === undefined) return undefined;
  return new Date(`${day?.replace(/(\d)(st|nd|rd|th)/, "$1") ?? at.toDateString()} ${time}`);
}

function partIn(payload: Fields, at: Date | undefined): ConversationPart | undefined {
  switch (payload.type) {
    case "item_completed": {
      const { type, content } = fieldsOf(payload.item);
      const text = textsIn(content).join("");
      if (text.trim() === "" || (type !== "UserMessage" && type !== "AgentMessage")) return undefined;
      return { at, by: type === "UserMessage" ? "user" : "agent", text };
    }
    case "function_call":
    case "custom_tool_call":
      return callIn(payload, at);
    case "task_complete": {
      const trouble = textOf(fieldsOf(payload.error).message);
      return trouble === undefined ? undefined : { at, by: "error", text: messageIn(trouble) };
    }
    default:
      return undefined;
  }
}

function textsIn(content: unknown): string[] {
  return Array.isArray(content) ? content.map((part) => textOf(fieldsOf(part).text) ?? "") : [];
}

/** `arguments` is JSON, `input` is text. */
function callIn({ name, arguments: json, input }: Fields, at: Date | undefined): ToolUse {
  const text = textOf(input);
  const known = text === undefined ? objectIn(textOf(json)) : { path: patchedFiles(text) ?? text };
  return toolUse(tools, at, textOf(name), known);
}

/** The files in the text that its tool for editing takes. */
function patchedFiles(patch: string): string | undefined {
  const files = [...patch.matchAll(/^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm)].map(([, file]) => file);
  return files.length === 0 ? undefined : files.join(", ");
}

function rolloutOf(session: CodexSession): string | undefined {
  return rollouts(session.sessions, session.startedAt).find((file) => {
    const head = headOf(file);
    return head.own && beganThere(session, head);
  });
}

/** `YYYY/MM/DD/rollout-*.jsonl`, the newest first. Folders are named by local date, so the day before the start is looked at too. */
function rollouts(sessions: string, startedAt: Date): string[] {
  const oldest = new Date(startedAt.getTime() - dayMilliseconds).toISOString().slice(0, 10).split("-");
  const folders = oldest.reduce(
    (found, _, depth) =>
      found
        .flatMap((folder) =>
          namesIn(join(sessions, folder)).map((name) => (folder === "" ? name : `${folder}/${name}`)),
        )
        .filter((folder) => folder >= oldest.slice(0, depth + 1).join("/")),
    [""],
  );
  return folders
    .flatMap((day) => namesIn(join(sessions, day)).map((name) => join(sessions, day, name)))
    .filter((file) => file.endsWith(".jsonl") && !isOlder(file, startedAt))
    .sort()
    .reverse();
}

/** The id at the end of its name is a UUID of version 7, whose first 48 bits are milliseconds since 1970. */
function isOlder(file: string, startedAt: Date): boolean {
  const [, high, low] =
    /-([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\.jsonl$/.exec(basename(file)) ?? [];
  return high !== undefined && Number.parseInt(`${high}${low}`, 16) < startedAt.getTime();
}

/** What the first row of a rollout says. */
interface Head {
  readonly id: string | undefined;
  readonly cwd: string | undefined;
  readonly begunAt: Date | undefined;
  /** The user's own conversation, not one of an agent that the agent started. */
  readonly own: boolean;
}

/** The first row is tens of kilobytes of instructions, before which stands what is asked here, */
const headBytes = 2048;
/** unless a version writes it in another order. */
const firstRowBytes = 1_000_000;
/** It never changes, and is looked for once for every agent. */
const heads = new Map<string, Head>();

function headOf(file: string): Head {
  const known = heads.get(file);
  if (known !== undefined) return known;
  const start = beginningOf(file, headBytes);
  const text = start.includes('"cwd":') ? start : beginningOf(file, firstRowBytes);
  const value = (name: string) =>
    textOf(objectIn(`{${new RegExp(`"${name}":"(?:[^"\\\\]|\\\\.)*"`).exec(text)?.[0]}}`)[name]);
  const head: Head = {
    id: value("id"),
    cwd: value("cwd"),
    begunAt: momentOf(value("timestamp")),
    own: (value("thread_source") ?? "user") === "user",
  };
  // One that is being created may not have its first row yet.
  if (head.cwd !== undefined) heads.set(file, head);
  return head;
}
