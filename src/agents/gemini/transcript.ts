import { join } from "node:path";
import { isFile, namesIn, readTextIfExists } from "../../system/files.ts";
import { beginningOf, linesFromEnd } from "../../system/lines.ts";
import type { ConversationPart, FinishedTurn, TranscriptPlace } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { objectIn, objectsIn } from "../json-lines.ts";
import { type FailedState, type FailureCause, failedState } from "../model-failure.ts";
import { holdsText } from "../same-text.ts";
import { type ToolNames, toolUse } from "../tool-use.ts";

const tools: ToolNames = {
  run: ["run_shell_command"],
  edit: ["replace", "edit"],
  write: ["write_file"],
  read: ["read_file"],
  search: ["search_file_content", "grep_search"],
  find: ["glob", "list_directory"],
};

const tailBytes = 1_000_000;
const firstRowBytes = 1024;

/** Which of the conversations in `directory` is meant: the newest that began in this worktree since then, wherever that was at the time. */
export interface GeminiSession {
  /** `.gemini` in the user's home. */
  readonly directory: string;
  readonly worktree: string;
  readonly earlier: NonNullable<TranscriptPlace["earlier"]>;
  readonly startedAt: Date;
}

/** Where conversations of an agent are, and when the last of them can have begun: afterwards the place was another's. */
export interface GeminiChats {
  readonly chats: string;
  readonly until: Date | undefined;
}

/** The last turn that ended with an answer. The end is not written down: while the agent works this is only the newest answer. */
export function lastGeminiTurn(session: GeminiSession): FinishedTurn | undefined {
  for (const { type, timestamp, content, toolCalls } of newestRows(session)) {
    const endedAt = type === "gemini" && toolCalls === undefined ? momentOf(timestamp) : undefined;
    if (endedAt !== undefined) return { endedAt, reply: wordsIn(content) };
  }
  return undefined;
}

/**
 * Whether a prompt was taken since a moment. It comes into the conversation with the first answer, but at once into `logs.json`, which
 * holds the prompts of all conversations in this directory.
 */
export function hasGeminiPrompt(session: GeminiSession, text: string, since: Date): boolean {
  return projectsOf(session).some(({ project, until }) =>
    Object.values(jsonFile(join(project, "logs.json"))).some((prompt) => {
      const { type, message, timestamp } = fieldsOf(prompt);
      const at = momentOf(timestamp);
      if (type !== "user" || at === undefined || at < since || isAfter(at, until)) return false;
      return holdsText(textOf(message) ?? "", text);
    }),
  );
}

/** Why the last turn ended without an answer; `undefined` when it did not, was interrupted, or another has begun. */
export function geminiFailure(session: GeminiSession): (FailedState & { readonly since: Date }) | undefined {
  for (const { type, timestamp, content } of newestRows(session)) {
    if (type === "user" || type === "gemini") return undefined;
    const since = type === "error" ? momentOf(timestamp) : undefined;
    if (since !== undefined) return { ...stateIn(wordsIn(content)), since };
  }
  return undefined;
}

/** Everything that was said and done, the newest first. */
export function* geminiConversation(session: GeminiSession): Generator<ConversationPart> {
  const chat = geminiChat(session);
  if (chat === undefined) return;
  for (const row of rowsOf(chat.file, Number.POSITIVE_INFINITY)) yield* partsOf(row).reverse();
}

/** Where the conversations of the agent are: nowhere before the first. */
export function geminiChats(session: GeminiSession): GeminiChats[] {
  return projectsOf(session).map(({ project, until }) => ({ chats: join(project, "chats"), until }));
}

function* newestRows(session: GeminiSession): Generator<Fields> {
  const chat = geminiChat(session);
  if (chat !== undefined) yield* rowsOf(chat.file, tailBytes);
}

/** A row is written again when there is more to say, with the same id. */
function* rowsOf(file: string, bytes: number): Generator<Fields> {
  const seen = new Set<unknown>();
  for (const row of objectsIn(linesFromEnd(file, bytes))) {
    if (row.id === undefined || seen.has(row.id)) continue;
    seen.add(row.id);
    yield row;
  }
}

function partsOf({ type, timestamp, content, toolCalls }: Fields): ConversationPart[] {
  const at = momentOf(timestamp);
  const text = wordsIn(content);
  if (type === "error") return [{ at, by: "error", text: messageIn(text).message }];
  if (type !== "user" && type !== "gemini") return [];
  // After an interruption it repeats the prompt together with what it told the model before.
  if (text.startsWith("<session_context>")) return [];
  const said: ConversationPart[] = text.trim() === "" ? [] : [{ at, by: type === "user" ? "user" : "agent", text }];
  const calls = Array.isArray(toolCalls) ? toolCalls.map(fieldsOf) : [];
  return [...said, ...calls.map(({ name, args }) => toolUse(tools, at, textOf(name), fieldsOf(args)))];
}

/** Text, or the parts of what a user sent. */
function wordsIn(content: unknown): string {
  if (!Array.isArray(content)) return textOf(content) ?? "";
  return content.map((part) => textOf(fieldsOf(part).text) ?? "").join("");
}

function stateIn(content: string): FailedState {
  return failedState({ cause: causeOf(content), ...messageIn(content) });
}

/** The first is what its library says without a key, the second what the server says of one that it does not know. */
function causeOf(content: string): FailureCause | undefined {
  if (/default credentials/i.test(content)) return "login";
  return /API key not valid|API_KEY_INVALID/i.test(content) ? "key" : undefined;
}

/** What it says is `[API Error: MESSAGE]`, and the message may be the server's answer as it came. */
function messageIn(content: string): { readonly message: string; readonly status: number | undefined } {
  const words = /^\[API Error: ([\s\S]*)\]$/.exec(content.trim())?.[1] ?? content;
  const { code, message } = fieldsOf(objectIn(words).error);
  return { message: textOf(message) ?? words, status: numberOf(code) };
}

/**
 * The file of the conversation, and whether it began where the worktree is now: `tmp/NAME/chats/session-*.jsonl`, where `projects.json`
 * gives each directory a name. Of one that was taken from elsewhere there are two, and the first has what was said.
 */
export function geminiChat(session: GeminiSession): { readonly file: string; readonly isHere: boolean } | undefined {
  const begun = geminiChats(session).flatMap(({ chats, until }) =>
    namesIn(chats)
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => ({ ...headOf(join(chats, name)), file: join(chats, name), isHere: until === undefined }))
      .filter(({ isMain, at }) => isMain && at !== undefined && at >= session.startedAt && !isAfter(at, until)),
  );
  const inOrder = begun.sort((a, b) => Number(a.at) - Number(b.at));
  const newest = inOrder.at(-1);
  return inOrder.find(({ id, isHere }) => id === newest?.id && isHere === newest?.isHere);
}

/** When a conversation began, and whether it is one of the user, not of an agent's agent. */
function headOf(file: string): {
  readonly id: string | undefined;
  readonly at: Date | undefined;
  readonly isMain: boolean;
} {
  const [first] = beginningOf(file, firstRowBytes).split("\n", 1);
  const { sessionId, kind, startTime } = objectIn(first);
  return { id: textOf(sessionId), at: momentOf(startTime), isMain: kind === "main" };
}

/** Whether a conversation began in the time in which the agent had its place. */
export function isOfAgent(file: string, until: Date | undefined): boolean {
  return until === undefined || !isAfter(headOf(file).at ?? until, until);
}

function isAfter(at: Date, until: Date | undefined): boolean {
  return until !== undefined && at > until;
}

/** The directories of the worktree in `tmp`: of now, and of where it was. */
function projectsOf({ directory, worktree, earlier }: GeminiSession): { project: string; until: Date | undefined }[] {
  const names = fieldsOf(jsonFile(join(directory, "projects.json")).projects);
  return [{ worktree, until: undefined }, ...earlier].flatMap(({ worktree: place, until }) => {
    const name = textOf(names[place]);
    return name === undefined ? [] : [{ project: join(directory, "tmp", name), until }];
  });
}

function jsonFile(path: string): Fields {
  return isFile(path) ? objectIn(readTextIfExists(path)) : {};
}
