import { join } from "node:path";
import { isFile, namesIn } from "../../system/files.ts";
import { linesFromEnd } from "../../system/lines.ts";
import type { ConversationPart, FinishedTurn } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { objectsIn } from "../json-lines.ts";
import { type FailedState, failedState, type ModelFailure } from "../model-failure.ts";
import { isSameText } from "../same-text.ts";
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

/** Which conversation is meant: `worktree` only says where to look first. */
export interface QwenSession {
  readonly runtimeDirectory: string;
  readonly worktree: string;
  readonly id: string;
}

/** A failed request, and the state an agent is in that asks no more. */
interface QwenFailure {
  readonly failure: ModelFailure;
  readonly state: FailedState;
  readonly since: Date;
}

/** The conversations of a worktree: `projects/DIRECTORY/chats`, its path with a dash for everything but letters and digits. */
export function qwenChats(runtimeDirectory: string, worktree: string): string {
  return join(runtimeDirectory, "projects", worktree.replace(/[^A-Za-z0-9]/g, "-"), "chats");
}

/** The last turn that ended with an answer: the newest row of the model's that asks for no tool. */
export function lastQwenTurn(session: QwenSession): FinishedTurn | undefined {
  for (const row of newestRows(session)) {
    const endedAt = row.type === "assistant" ? momentOf(row.timestamp) : undefined;
    if (endedAt === undefined || partsOf(row).some(({ functionCall }) => functionCall !== undefined)) continue;
    return { endedAt, reply: wordsIn(row) };
  }
  return undefined;
}

/** Whether a prompt was taken since a moment. */
export function hasQwenPrompt(session: QwenSession, text: string, since: Date): boolean {
  for (const row of newestRows(session)) {
    const at = momentOf(row.timestamp);
    if (at !== undefined && at < since) return false;
    if (row.type === "user" && isSameText(wordsIn(row), text)) return true;
  }
  return false;
}

/** The last request, if nothing was answered since: a failed one is a row of its own, as one that is counted is. */
export function qwenFailure(session: QwenSession): QwenFailure | undefined {
  for (const row of newestRows(session)) {
    if (row.type === "user" || row.type === "assistant" || row.type === "tool_result") return undefined;
    const event = fieldsOf(fieldsOf(row.systemPayload).uiEvent);
    const since = momentOf(row.timestamp);
    // What an agent of the agent asks is not what the user waits for.
    if (event["event.name"] !== "qwen-code.api_error" || event.subagent_name !== undefined || since === undefined)
      continue;
    if (event.error_type === "APIUserAbortError") return undefined;
    const status = numberOf(event.status_code);
    const message = (textOf(event.error_message) ?? "").replace(/^\d{3} /, "");
    const failure = { cause: undefined, status, message };
    return { failure, state: failedState(failure), since };
  }
  return undefined;
}

/** Everything that was said and done, the newest first. */
export function* qwenConversation(session: QwenSession): Generator<ConversationPart> {
  for (const row of rowsOf(session, Number.POSITIVE_INFINITY)) {
    const at = momentOf(row.timestamp);
    const text = wordsIn(row);
    if (row.type !== "user" && row.type !== "assistant") continue;
    const calls = partsOf(row).flatMap(({ functionCall }) =>
      functionCall === undefined ? [] : [fieldsOf(functionCall)],
    );
    yield* calls.map(({ name, args }) => toolUse(tools, at, textOf(name), fieldsOf(args))).reverse();
    if (text.trim() !== "") yield { at, by: row.type === "user" ? "user" : "agent", text };
  }
}

/** Where the conversation is, if there is one, and where Qwen Code looks for it: it goes on with none that began in another directory. */
export function qwenConversationFile(session: QwenSession): {
  readonly expected: string;
  readonly found: string | undefined;
} {
  return { expected: expectedFile(session), found: fileOf(session) };
}

function newestRows(session: QwenSession): Generator<Fields> {
  return rowsOf(session, tailBytes);
}

function* rowsOf(session: QwenSession, bytes: number): Generator<Fields> {
  const file = fileOf(session);
  if (file !== undefined) yield* objectsIn(linesFromEnd(file, bytes));
}

/** It may also be among those of another directory, since the worktree may have been moved. */
function fileOf(session: QwenSession): string | undefined {
  const expected = expectedFile(session);
  if (isFile(expected)) return expected;
  const projects = join(session.runtimeDirectory, "projects");
  return namesIn(projects)
    .map((name) => join(projects, name, "chats", `${session.id}.jsonl`))
    .find(isFile);
}

function expectedFile({ runtimeDirectory, worktree, id }: QwenSession): string {
  return join(qwenChats(runtimeDirectory, worktree), `${id}.jsonl`);
}

function partsOf({ message }: Fields): Fields[] {
  const { parts } = fieldsOf(message);
  return Array.isArray(parts) ? parts.map(fieldsOf) : [];
}

/** What was said, without what the model thought. */
function wordsIn(row: Fields): string {
  return partsOf(row)
    .filter(({ thought }) => thought !== true)
    .map(({ text }) => textOf(text) ?? "")
    .join("");
}
