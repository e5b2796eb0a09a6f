import { type Failure, type MeteredAnswer, ownWords, type Question } from "./script.ts";

/** What Gemini CLI sends to `models/NAME:generateContent` and `:streamGenerateContent`, as far as it matters here. */
export interface GeminiRequest {
  readonly contents?: readonly Content[];
  readonly tools?: readonly { readonly functionDeclarations?: readonly { readonly name: string }[] }[];
  readonly generationConfig?: { readonly responseMimeType?: string };
}

interface Content {
  readonly role?: string;
  readonly parts?: readonly Part[];
}

interface Part {
  readonly text?: string;
  readonly functionResponse?: object;
}

/** Reads a request of the Gemini API. */
export function geminiQuestion({ contents = [], tools = [] }: GeminiRequest): Question {
  const users = contents.filter(({ role }) => role === "user").map(({ parts = [] }) => parts);
  const spoken = users.findLastIndex((parts) => parts.some(({ text }) => ownWords(text ?? "").length > 0));
  const isResult = ({ functionResponse }: Part) => functionResponse !== undefined;
  return {
    userTexts: users.flat().flatMap(({ text }) => ownWords(text ?? "")),
    afterToolResult: users.at(-1)?.some(isResult) ?? false,
    toolResults: users
      .slice(spoken + 1)
      .flat()
      .filter(isResult).length,
    toolNames: tools.flatMap(({ functionDeclarations = [] }) => functionDeclarations.map(({ name }) => name)),
  };
}

/** Words an answer as the Gemini API does. A request that wants JSON is the one that chooses a model for the turn. */
export function geminiResponse(
  request: GeminiRequest,
  { text, toolCall, usage }: MeteredAnswer,
  streams: boolean,
): Response {
  const routes = request.generationConfig?.responseMimeType === "application/json";
  const route = { reasoning: "simple", model_choice: "flash", complexity_score: 1, complexity_reasoning: "simple" };
  const call =
    toolCall === undefined || routes ? [] : [{ functionCall: { name: toolCall.name, args: toolCall.input } }];
  const parts = [{ text: routes ? JSON.stringify(route) : text }, ...call];
  const reply = {
    candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }],
    usageMetadata: {
      promptTokenCount: usage.input + usage.cacheRead,
      cachedContentTokenCount: usage.cacheRead,
      candidatesTokenCount: usage.output - usage.reasoning,
      thoughtsTokenCount: usage.reasoning,
      totalTokenCount: usage.input + usage.cacheRead + usage.output,
    },
  };
  if (!streams) return Response.json(reply);
  return new Response(`data: ${JSON.stringify(reply)}\n\n`, { headers: { "content-type": "text/event-stream" } });
}

/** Words a failure as the Gemini API does. */
export function geminiFailure({ status, quota, retryAfter }: Failure): Response {
  const [name, message] = quota
    ? ["RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."]
    : (failures[status] ?? ["INTERNAL", "An internal error has occurred."]);
  const retryInfo = { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${retryAfter}s` };
  const error = { code: status, message, status: name, details: retryAfter === undefined ? [] : [retryInfo] };
  return Response.json({ error }, { status });
}

const failures: Readonly<Record<number, readonly [string, string]>> = {
  400: ["INVALID_ARGUMENT", "Request contains an invalid argument."],
  401: ["UNAUTHENTICATED", "Request had invalid authentication credentials."],
  403: ["PERMISSION_DENIED", "The caller does not have permission"],
  404: ["NOT_FOUND", "models/none is not found for API version v1beta"],
  429: ["RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."],
  503: ["UNAVAILABLE", "The model is overloaded. Please try again later."],
};
