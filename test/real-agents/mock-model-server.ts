import { type MessagesRequest, messagesQuestion, messagesResponse } from "./messages-api.ts";
import { type ResponsesRequest, responsesQuestion, responsesResponse } from "./responses-api.ts";
import { type Answer, answerTo, type Question } from "./script.ts";

/** A stand-in for the models of Anthropic and OpenAI, on this machine alone. No key is checked. */
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
      questions.push(talk.question);
      return (await trouble(talk.answer, request.signal)) ?? talk.respond();
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, questions, stop: () => void server.stop(true) };
}

interface Conversation {
  readonly question: Question;
  readonly answer: Answer;
  respond(): Response;
}

function conversation(path: string, body: unknown): Conversation | undefined {
  if (path.endsWith("/messages")) {
    const request = body as MessagesRequest;
    const question = messagesQuestion(request);
    const answer = answerTo(question);
    return { question, answer, respond: () => messagesResponse(request, answer) };
  }
  if (path.endsWith("/responses")) {
    const request = body as ResponsesRequest;
    const question = responsesQuestion(request);
    const answer = answerTo(question);
    return { question, answer, respond: () => responsesResponse(request, answer) };
  }
  return undefined;
}

/** Makes the agent wait as the answer says, and fails where it says so. */
async function trouble({ delayMs, hangs, failure }: Answer, hungUp: AbortSignal): Promise<Response | undefined> {
  if (hangs) await new Promise((resolve) => hungUp.addEventListener("abort", resolve));
  await Bun.sleep(delayMs);
  if (failure === undefined) return undefined;
  const type = failure === 429 ? "rate_limit_error" : "api_error";
  const error = { type, code: "mock_failure", message: `mock failure ${failure}` };
  return Response.json({ type: "error", error }, { status: failure });
}
