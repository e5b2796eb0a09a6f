import { eventStream, pieces, type StreamEvent } from "./event-stream.ts";
import { type Failure, type MeteredAnswer, ownWords, type Question, secondsFromNow } from "./script.ts";
import type { SentUsage } from "./sent-usage.ts";

/** What Claude Code sends to Anthropic's Messages API, as far as it matters here. */
export interface MessagesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly Message[];
  readonly tools?: readonly { readonly name: string }[];
  readonly output_config?: { readonly format?: { readonly type?: string } };
}

interface Message {
  readonly role: string;
  readonly content: string | readonly Block[];
}

type Block =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: object }
  | { readonly type: "tool_result" };

/** Reads a request of the Messages API. */
export function messagesQuestion({ messages = [], tools = [] }: MessagesRequest): Question {
  const users = messages.filter(({ role }) => role === "user").map(({ content }) => blocksOf(content));
  const newest = users.at(-1) ?? [];
  return {
    userTexts: users.flatMap(wordsIn),
    afterToolResult: newest.some(({ type }) => type === "tool_result") && wordsIn(newest).length === 0,
    newest: JSON.stringify(newest),
    toolResults: resultsSinceWords(users),
    toolNames: tools.map(({ name }) => name),
  };
}

function resultsSinceWords(users: readonly (readonly Block[])[]): number {
  const spoken = users.findLastIndex((blocks) => wordsIn(blocks).length > 0);
  return users.slice(spoken + 1).flatMap((blocks) => blocks.filter(({ type }) => type === "tool_result")).length;
}

/** Words an answer as the Messages API does. A request that wants JSON wants a title for the conversation. */
export function messagesResponse(request: MessagesRequest, { text, toolCall, usage: used }: MeteredAnswer): Response {
  const usage = usageFields(used);
  const titled = request.output_config?.format?.type === "json_schema";
  const said = titled ? JSON.stringify({ title: "A title", isNewTopic: true }) : text;
  const content: Block[] = [{ type: "text", text: said }];
  if (toolCall !== undefined && !titled) {
    content.push({ type: "tool_use", id: `toolu_${Bun.randomUUIDv7()}`, name: toolCall.name, input: toolCall.input });
  }
  const message = {
    id: `msg_${Bun.randomUUIDv7()}`,
    type: "message",
    role: "assistant",
    model: request.model,
    content,
    stop_reason: content.length > 1 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage,
  };
  if (request.stream !== true) return Response.json(message);
  return eventStream([
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    ...content.flatMap(blockEvents),
    { type: "message_delta", delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage },
    { type: "message_stop" },
  ]);
}

/** Words a failure as the Messages API does: what a subscription has left is in headers. */
export function messagesFailure({ status, quota, retryAfter }: Failure): Response {
  const [type, message] = quota
    ? [
        "invalid_request_error",
        "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing.",
      ]
    : (failures[status] ?? ["api_error", "Internal server error"]);
  const limits = {
    status: "rejected",
    reset: `${secondsFromNow(retryAfter ?? 0)}`,
    "representative-claim": "five_hour",
  };
  const headers = [
    ...(retryAfter === undefined ? [] : [["retry-after", `${retryAfter}`]]),
    ...(quota && retryAfter !== undefined
      ? Object.entries(limits).map(([name, value]) => [`anthropic-ratelimit-unified-${name}`, value])
      : []),
  ];
  const error = { type: "error", error: { type, message }, request_id: "req_0123456789" };
  return Response.json(error, { status, headers: headers as [string, string][] });
}

const failures: Readonly<Record<number, readonly [string, string]>> = {
  400: ["invalid_request_error", "messages: text content blocks must be non-empty"],
  401: ["authentication_error", "invalid x-api-key"],
  403: ["permission_error", "Your API key does not have permission to use the specified resource."],
  404: ["not_found_error", "model: claude-none"],
  429: ["rate_limit_error", "This request would exceed your organization's rate limit of 50 requests per minute."],
  529: ["overloaded_error", "Overloaded"],
};

function usageFields(used: SentUsage) {
  return {
    input_tokens: used.input,
    output_tokens: used.output,
    cache_creation_input_tokens: used.cacheWrite + used.cacheWriteHour,
    cache_read_input_tokens: used.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: used.cacheWrite,
      ephemeral_1h_input_tokens: used.cacheWriteHour,
    },
    service_tier: "standard",
  };
}

function blockEvents(block: Block, index: number): StreamEvent[] {
  const stop = { type: "content_block_stop", index };
  if (block.type === "text") {
    const deltas = pieces(block.text).map((text) => ({ type: "text_delta", text }));
    return [
      { type: "content_block_start", index, content_block: { type: "text", text: "" } },
      ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
      stop,
    ];
  }
  const input = block.type === "tool_use" ? block.input : {};
  const delta = { type: "input_json_delta", partial_json: JSON.stringify(input) };
  return [
    { type: "content_block_start", index, content_block: { ...block, input: {} } },
    { type: "content_block_delta", index, delta },
    stop,
  ];
}

function blocksOf(content: Message["content"]): readonly Block[] {
  return typeof content === "string" ? [{ type: "text", text: content }] : content;
}

function wordsIn(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block) => (block.type === "text" ? ownWords(block.text) : []));
}
