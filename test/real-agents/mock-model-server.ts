import { type ChatRequest, chatQuestion, chatResponse } from "./chat-api.ts";
import { type GeminiRequest, geminiFailure, geminiQuestion, geminiResponse } from "./gemini-api.ts";
import { type MessagesRequest, messagesFailure, messagesQuestion, messagesResponse } from "./messages-api.ts";
import { openaiFailure, type ResponsesRequest, responsesQuestion, responsesResponse } from "./responses-api.ts";
import { type Answer, answerTo, type Failure, type Question } from "./script.ts";

/** A stand-in for the models of Anthropic, OpenAI and Google, on this machine alone. No key is checked. */
export interface MockModelServer {
  readonly url: string;
  /** What it was asked, oldest first, titles for conversations included. */
  readonly questions: readonly Question[];
  stop(): void;
}

/** Starts a server on a port of its own. `answerTo` says what it answers. */
export function startMockModelServer(): MockModelServer {
  const questions: Question[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    async fetch(request) {
      const path = new URL(request.url).pathname;
      if (request.method !== "POST") return Response.json({ object: "list", data: [], models: [], has_more: false });
      const body: unknown = await request.json().catch(() => ({}));
      const talk = conversation(path, body);
      // Telemetry and the like: "nothing for you" is enough.
      if (talk === undefined) return Response.json({});
      const answer = answerTo(talk.question);
      questions.push(talk.question);
      return (await trouble(talk, answer, request.signal)) ?? talk.respond(answer);
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, questions, stop: () => void server.stop(true) };
}

interface Conversation {
  readonly question: Question;
  respond(answer: Answer): Response;
  /** Says what went wrong. */
  fail(failure: Failure): Response;
}

function conversation(path: string, body: unknown): Conversation | undefined {
  if (path.endsWith("/messages")) {
    const request = body as MessagesRequest;
    const respond = (answer: Answer) => messagesResponse(request, answer);
    return { question: messagesQuestion(request), respond, fail: messagesFailure };
  }
  if (path.endsWith("/responses")) {
    const request = body as ResponsesRequest;
    const respond = (answer: Answer) => responsesResponse(request, answer);
    return { question: responsesQuestion(request), respond, fail: openaiFailure };
  }
  if (path.endsWith("/chat/completions")) {
    const request = body as ChatRequest;
    const respond = (answer: Answer) => chatResponse(request, answer);
    return { question: chatQuestion(request), respond, fail: openaiFailure };
  }
  const [, gemini] = /:(streamGenerateContent|generateContent)$/.exec(path) ?? [];
  if (gemini === undefined) return undefined;
  const request = body as GeminiRequest;
  const respond = (answer: Answer) => geminiResponse(request, answer, gemini === "streamGenerateContent");
  return { question: geminiQuestion(request), respond, fail: geminiFailure };
}

/** Makes the agent wait as the answer says, and fails where it says so. */
async function trouble(
  talk: Conversation,
  { delayMs, hangs, failure }: Answer,
  hungUp: AbortSignal,
): Promise<Response | undefined> {
  if (hangs) await new Promise((resolve) => hungUp.addEventListener("abort", resolve));
  await Bun.sleep(delayMs);
  return failure === undefined ? undefined : talk.fail(failure);
}
