import { pieces } from "./event-stream.ts";
import { type MeteredAnswer, ownWords, type Question } from "./script.ts";
import type { SentUsage } from "./sent-usage.ts";

/** What opencode sends to OpenAI's chat completions API, as far as it matters here. */
export interface ChatRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly Message[];
  readonly tools?: readonly { readonly function?: { readonly name?: string } }[];
}

interface Message {
  readonly role: string;
  readonly content?: string | readonly { readonly text?: string }[] | null;
}

/** Reads a request of the chat completions API. */
export function chatQuestion({ messages = [], tools = [] }: ChatRequest): Question {
  const spoken = messages.findLastIndex(({ role }) => role === "user");
  return {
    userTexts: messages.filter(({ role }) => role === "user").flatMap(wordsIn),
    afterToolResult: messages.at(-1)?.role === "tool",
    toolResults: messages.slice(spoken + 1).filter(({ role }) => role === "tool").length,
    toolNames: tools.flatMap((tool) => tool.function?.name ?? []),
  };
}

/** Words an answer as the chat completions API does. */
export function chatResponse(request: ChatRequest, { text, toolCall, usage: used }: MeteredAnswer): Response {
  const usage = usageFields(used);
  const calls = toolCall && {
    tool_calls: [
      {
        index: 0,
        id: `call_${Bun.randomUUIDv7()}`,
        type: "function",
        function: { name: toolCall.name, arguments: JSON.stringify(toolCall.input) },
      },
    ],
  };
  const head = { id: `chatcmpl-${Bun.randomUUIDv7()}`, created: 1_700_000_000, model: request.model };
  const finish = calls === undefined ? "stop" : "tool_calls";
  if (request.stream !== true) {
    const message = { role: "assistant", content: text, ...calls };
    return Response.json({
      ...head,
      object: "chat.completion",
      choices: [{ index: 0, message, finish_reason: finish }],
      usage,
    });
  }
  const deltas = [
    { role: "assistant", content: "" },
    ...pieces(text).map((content) => ({ content })),
    ...(calls ? [calls] : []),
  ];
  const choices = [
    ...deltas.map((delta) => ({ index: 0, delta, finish_reason: null })),
    { index: 0, delta: {}, finish_reason: finish },
  ];
  const chunks = [...choices.map((choice) => ({ choices: [choice] })), { choices: [], usage }];
  const lines = chunks.map((chunk) => JSON.stringify({ ...head, object: "chat.completion.chunk", ...chunk }));
  const stream = [...lines, "[DONE]"].map((line) => `data: ${line}\n\n`).join("");
  return new Response(stream, { headers: { "content-type": "text/event-stream" } });
}

function wordsIn({ content }: Message): string[] {
  const blocks = typeof content === "string" ? [content] : (content ?? []).map(({ text }) => text ?? "");
  return blocks.flatMap(ownWords);
}

function usageFields({ input, cacheRead, output, reasoning }: SentUsage) {
  return {
    prompt_tokens: input + cacheRead,
    prompt_tokens_details: { cached_tokens: cacheRead },
    completion_tokens: output,
    completion_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + cacheRead + output,
  };
}
