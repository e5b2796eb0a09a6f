import { join } from "node:path";
import { isFile } from "../../system/files.ts";
import { linesFromEnd } from "../../system/lines.ts";
import type { ConversationPart, FinishedTurn } from "../adapter.ts";
import { type Fields, fieldsOf, momentOf, numberOf, textOf } from "../fields.ts";
import { objectsIn } from "../json-lines.ts";
import type { ModelFailure } from "../model-failure.ts";
import { isSameText } from "../same-text.ts";
import { type ToolNames, toolUse } from "../tool-use.ts";

const tools: ToolNames = {
  run: ["bash", "powershell"],
  edit: ["edit", "apply_patch"],
  write: ["create"],
  read: ["view"],
  search: ["grep", "rg"],
  find: ["glob"],
};

const tailBytes = 1_000_000;

/** The file of a session to which it appends what happens. */
export function copilotEvents(home: string, session: string): string {
  return join(home, "session-state", session, "events.jsonl");
}

/** Whether there is a conversation to go on with: one without a prompt is not resumed. */
export function hasCopilotSession(events: string | undefined): boolean {
  return rowsOf(events, Number.POSITIVE_INFINITY).some(({ type }) => type === "user.message");
}

/** The last turn that ended with an answer: the newest message of the model's that asks for no tool. */
export function lastCopilotTurn(events: string | undefined): FinishedTurn | undefined {
  for (const row of rowsOf(events, tailBytes)) {
    const endedAt = isSaid(row, "assistant.message") ? momentOf(row.timestamp) : undefined;
    if (endedAt === undefined || toolRequestsOf(row).length > 0) continue;
    return { endedAt, reply: textOf(fieldsOf(row.data).content) ?? "" };
  }
  return undefined;
}

/** Whether a prompt was taken since a moment. */
export function hasCopilotPrompt(events: string | undefined, text: string, since: Date): boolean {
  for (const row of rowsOf(events, tailBytes)) {
    const at = momentOf(row.timestamp);
    if (at !== undefined && at < since) return false;
    if (isSaid(row, "user.message") && isSameText(textOf(fieldsOf(row.data).content) ?? "", text)) return true;
  }
  return false;
}

/** Why the last turn ended without an answer; `undefined` when it has one, or was stopped by the user. */
export function copilotFailure(
  events: string | undefined,
): { readonly failure: ModelFailure; readonly since: Date } | undefined {
  for (const row of rowsOf(events, tailBytes)) {
    if (["user.message", "assistant.message", "abort"].includes(textOf(row.type) ?? "")) return undefined;
    const since = momentOf(row.timestamp);
    if (row.type !== "session.error" || since === undefined) continue;
    const { message, statusCode } = fieldsOf(row.data);
    return { failure: { cause: undefined, status: numberOf(statusCode), message: textOf(message) ?? "" }, since };
  }
  return undefined;
}

/** Everything that was said and done, the newest first. */
export function* copilotConversation(events: string | undefined): Generator<ConversationPart> {
  for (const row of rowsOf(events, Number.POSITIVE_INFINITY)) {
    const at = momentOf(row.timestamp);
    const fromUser = isSaid(row, "user.message");
    if (!fromUser && !isSaid(row, "assistant.message")) continue;
    const uses = toolRequestsOf(row).map(({ name, arguments: input }) =>
      toolUse(tools, at, textOf(name), fieldsOf(input)),
    );
    yield* uses.reverse();
    const text = textOf(fieldsOf(row.data).content) ?? "";
    if (text.trim() !== "") yield { at, by: fromUser ? "user" : "agent", text };
  }
}

/** Of the agent itself: what is said to and by an agent of the agent names the tool call that this one runs in. */
function isSaid(row: Fields, type: "user.message" | "assistant.message"): boolean {
  return row.type === type && fieldsOf(row.data).parentToolCallId === undefined;
}

function toolRequestsOf({ data }: Fields): Fields[] {
  const { toolRequests } = fieldsOf(data);
  return Array.isArray(toolRequests) ? toolRequests.map(fieldsOf) : [];
}

function* rowsOf(events: string | undefined, bytes: number): Generator<Fields> {
  if (events !== undefined && isFile(events)) yield* objectsIn(linesFromEnd(events, bytes));
}
