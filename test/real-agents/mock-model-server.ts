import { type ChatRequest, chatQuestion, chatResponse } from "./chat-api.ts";
import { type GeminiRequest, geminiFailure, geminiQuestion, geminiResponse } from "./gemini-api.ts";
import { type MessagesRequest, messagesFailure, messagesQuestion, messagesResponse } from "./messages-api.ts";
import { openaiFailure, type ResponsesRequest, responsesQuestion, responsesResponse } from "./responses-api.ts";
import { type Answer, answerTo, type Failure, type MeteredAnswer, type Question } from "./script.ts";
import { type SentUsage, usageOfAnswer } from "./sent-usage.ts";

/** A stand-in for the models of Anthropic, OpenAI and Google, on this machine alone. No key is checked. */
export interface MockModelServer {
  readonly url: string;
  /** What it was asked, oldest first, titles for conversations included. */
  readonly questions: readonly Question[];
  /** What it said its answers have used. Of those to a question of the agent's own, such as for a title, it says so. */
  readonly sent: readonly (SentUsage & { readonly chore: boolean })[];
  stop(): void;
}

/** Starts a server on a port of its own. `answerTo` says what it answers. */
export function startMockModelServer(): MockModelServer {
  const questions: Question[] = [];
  const sent: (SentUsage & { readonly chore: boolean })[] = [];
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
      const failed = await trouble(talk, answer, request.signal);
      if (failed !== undefined) return failed;
      const usage = talk.meter(usageOfAnswer(sent.length));
      sent.push({ ...usage, chore: isChore(talk.question) });
      return talk.respond({ ...answer, usage });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, questions, sent, stop: () => void server.stop(true) };
}

interface Conversation {
  readonly question: Question;
  respond(answer: MeteredAnswer): Response;
  /** Of what an answer uses, what this API has words for. */
  meter(usage: SentUsage): SentUsage;
  /** Says what went wrong. */
  fail(failure: Failure): Response;
}

function conversation(path: string, body: unknown): Conversation | undefined {
  if (path.endsWith("/messages")) {
    const request = body as MessagesRequest;
    const respond = (answer: MeteredAnswer) => messagesResponse(request, answer);
    return { question: messagesQuestion(request), respond, fail: messagesFailure, meter: (usage) => usage };
  }
  if (path.endsWith("/responses")) {
    const request = body as ResponsesRequest;
    const respond = (answer: MeteredAnswer) => responsesResponse(request, answer);
    return { question: responsesQuestion(request), respond, fail: openaiFailure, meter: withoutCacheWrites };
  }
  if (path.endsWith("/chat/completions")) {
    const request = body as ChatRequest;
    const respond = (answer: MeteredAnswer) => chatResponse(request, answer);
    return { question: chatQuestion(request), respond, fail: openaiFailure, meter: withoutCacheWrites };
  }
  const [, gemini] = /:(streamGenerateContent|generateContent)$/.exec(path) ?? [];
  if (gemini === undefined) return undefined;
  const request = body as GeminiRequest;
  const respond = (answer: MeteredAnswer) => geminiResponse(request, answer, gemini === "streamGenerateContent");
  return { question: geminiQuestion(request), respond, fail: geminiFailure, meter: withoutCacheWrites };
}

/** Whether an agent asks something of its own, such as for a title, which it does not always write down. Codex has a tool at hand then. */
export function isChore({ toolNames, userTexts }: Question): boolean {
  const newest = userTexts.at(-1) ?? "";
  // Codex and opencode write down what it takes to make a conversation short.
  if (/^(You are performing a CONTEXT CHECKPOINT COMPACTION|Here is the conversation so far:)/.test(newest))
    return false;
  return toolNames.length === 0 || newest.startsWith("Generate a concise, single-line task title");
}

function withoutCacheWrites(usage: SentUsage): SentUsage {
  return { ...usage, cacheWrite: 0, cacheWriteHour: 0 };
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
