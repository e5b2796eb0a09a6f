import { eventStream, pieces, type StreamEvent } from "./event-stream.ts";
import { type Answer, type Failure, type MeteredAnswer, ownWords, type Question, secondsFromNow } from "./script.ts";
import type { SentUsage } from "./sent-usage.ts";

/** What Codex sends to OpenAI's Responses API, as far as it matters here. */
export interface ResponsesRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly input?: readonly Item[];
  readonly tools?: readonly Tool[];
}

interface Item {
  readonly type?: string;
  readonly role?: string;
  readonly content?: readonly { readonly text?: string }[];
  /** What a search for tools has found: servers of tools, and theirs. */
  readonly tools?: readonly { readonly name?: string; readonly tools?: readonly Tool[] }[];
}

interface Tool {
  readonly type: string;
  readonly name?: string;
  readonly tools?: readonly Tool[];
}

type OutputItem = Readonly<Record<string, unknown>> & { readonly type: string; readonly id: string };

/** Reads a request of the Responses API. */
export function responsesQuestion({ input = [], tools = [] }: ResponsesRequest): Question {
  const newestWords = input.findLastIndex((item) => wordsIn(item).length > 0);
  const newestResult = input.findLastIndex(({ type }) => type?.endsWith("_output"));
  return {
    userTexts: input.flatMap(wordsIn),
    afterToolResult: newestResult > newestWords,
    newest: JSON.stringify(input.at(-1)),
    toolResults: input.slice(newestWords + 1).filter(({ type }) => type?.endsWith("_output")).length,
    toolNames: [...tools.flatMap(namesOf), ...input.flatMap(foundTools)],
  };
}

/** A tool, or those of a namespace as `NAMESPACE/TOOL`. */
function namesOf({ name, type, tools = [] }: Tool): string[] {
  return type === "namespace" ? tools.map((tool) => `${name}/${tool.name}`) : [name ?? type];
}

/** What a search has found, as `SERVER/TOOL`. */
function foundTools({ type, tools = [] }: Item): string[] {
  if (type !== "tool_search_output") return [];
  return tools.flatMap(({ name: server, tools: own = [] }) => own.map(({ name }) => `${server}/${name}`));
}

/** Words an answer as the Responses API does. */
export function responsesResponse(request: ResponsesRequest, answer: MeteredAnswer): Response {
  const output = [messageItem(answer.text), ...toolItems(answer)];
  const head = { id: `resp_${Bun.randomUUIDv7()}`, object: "response", model: request.model };
  const response = { ...head, status: "completed", output, usage: usageFields(answer.usage) };
  if (request.stream !== true) return Response.json(response);
  const events = [
    { type: "response.created", response: { ...head, status: "in_progress", output: [], usage: null } },
    ...output.flatMap((item, index) => itemEvents(item, index, answer.text)),
    { type: "response.completed", response },
  ];
  return eventStream(events.map((event, index) => ({ sequence_number: index, ...event })));
}

/** Words a failure as OpenAI does, in both of its APIs: a used-up subscription says when there will be something left. */
export function openaiFailure({ status, quota, retryAfter }: Failure): Response {
  const headers = retryAfter === undefined ? {} : { "retry-after": `${retryAfter}` };
  const until = retryAfter === undefined ? undefined : secondsFromNow(retryAfter);
  const [type, code, message] = quota
    ? [
        "insufficient_quota",
        "insufficient_quota",
        "You exceeded your current quota, please check your plan and billing details.",
      ]
    : (failures[status] ?? ["server_error", null, "The server had an error while processing your request."]);
  const usedUp = {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    plan_type: "plus",
    resets_at: until,
  };
  const error = quota && until !== undefined ? usedUp : { message, type, param: null, code };
  return Response.json({ error }, { status, headers });
}

const failures: Readonly<Record<number, readonly [string, string | null, string]>> = {
  400: ["invalid_request_error", null, "Invalid value for 'input'."],
  401: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided: none."],
  403: ["invalid_request_error", "unsupported_country_region_territory", "Country, region, or territory not supported"],
  404: ["invalid_request_error", "model_not_found", "The model 'none' does not exist or you do not have access to it."],
  429: ["requests", "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 20s."],
  503: ["server_error", "server_is_overloaded", "Our servers are currently overloaded. Please try again later."],
};

function messageItem(text: string): OutputItem {
  const content = [{ type: "output_text", text, annotations: [] }];
  return { id: `msg_${Bun.randomUUIDv7()}`, type: "message", role: "assistant", status: "completed", content };
}

function toolItems({ toolCall }: Answer): OutputItem[] {
  if (toolCall === undefined) return [];
  const { name, input } = toolCall;
  const id = Bun.randomUUIDv7();
  if (name === "tool_search") {
    return [
      {
        id: `ts_${id}`,
        type: "tool_search_call",
        call_id: `call_${id}`,
        execution: "client",
        status: "completed",
        arguments: input,
      },
    ];
  }
  const call = { id: `fc_${id}`, type: "function_call", call_id: `call_${id}`, arguments: JSON.stringify(input) };
  const [namespace, found] = name.split("/");
  return [found === undefined ? { ...call, name } : { ...call, name: found, namespace }];
}

function itemEvents(item: OutputItem, index: number, text: string): StreamEvent[] {
  const place = { output_index: index };
  const isMessage = item.type === "message";
  const added = isMessage ? { ...item, content: [], status: "in_progress" } : item;
  const deltas = isMessage ? pieces(text) : [];
  return [
    { type: "response.output_item.added", ...place, item: added },
    ...deltas.map((delta) => ({
      type: "response.output_text.delta",
      ...place,
      item_id: item.id,
      content_index: 0,
      delta,
    })),
    { type: "response.output_item.done", ...place, item },
  ];
}

function wordsIn({ role, content }: Item): string[] {
  return role === "user" && Array.isArray(content) ? content.flatMap(({ text }) => ownWords(text ?? "")) : [];
}

function usageFields({ input, cacheRead, output, reasoning }: SentUsage) {
  return {
    input_tokens: input + cacheRead,
    input_tokens_details: { cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: input + cacheRead + output,
  };
}
