import { FleetError } from "../../errors.ts";
import type { HttpAnswer } from "../../system/http.ts";
import { type Fields, fieldsOf, listOf, textOf } from "../fields.ts";
import { ask, pauseFor, refusal, type TrackerAccess, unexpected } from "../tracker.ts";

/** What the tracker is called in messages. */
export const service = "Linear";
/** How many of a kind are asked for at once. */
export const perPage = 50;
/** How many times more are asked for. */
export const mostPages = 20;

const tokenHint = "to make a key, open Settings, Security & access in Linear, then export LINEAR_API_KEY=...";
/** A rate limit that is over later than this is said, not waited for. */
const longestWait = 60_000;

/**
 * Asks Linear by GraphQL; the data that it answers with. Waits for a short rate limit, which Linear tells as an error of status 400.
 * Throws FleetError for whatever is no success, naming what was asked for.
 */
export async function send(access: TrackerAccess, query: string, variables: object, what: string): Promise<Fields> {
  if (access.token === undefined) {
    throw new FleetError("failed", `Linear wants to know who asks for ${what}`, {
      code: "token-missing",
      hint: tokenHint,
    });
  }
  const { token } = access;
  // Keys go as they are, tokens of OAuth as such.
  const authorization = token.startsWith("lin_api_") ? token : `Bearer ${token}`;
  const request = { method: "POST", url: access.api, headers: { authorization }, body: { query, variables } } as const;
  for (let waited = 0; ; ) {
    const answer = await ask(access, service, request);
    const errors = listOf(fieldsOf(answer.json).errors);
    const wait = isRateLimit(errors) ? untilReset(answer) : undefined;
    if (wait === undefined) return dataOf(answer, errors, what, access);
    waited += wait;
    if (waited > longestWait) throw tooMany(wait);
    await pauseFor(access, `${service} has had too many requests`, wait);
  }
}

function isRateLimit(errors: readonly Fields[]): boolean {
  return errors.some((error) => fieldsOf(error.extensions).code === "RATELIMITED");
}

/** Milliseconds; Linear says when its buckets are full again in milliseconds since 1970. */
function untilReset({ headers }: HttpAnswer): number {
  const moments = ["x-ratelimit-requests-reset", "x-ratelimit-complexity-reset"].map((name) =>
    Number(headers.get(name) ?? 0),
  );
  const next = Math.max(...moments.filter(Number.isFinite));
  return next === 0 ? longestWait / 4 : Math.max(1000, next - Date.now());
}

function tooMany(milliseconds: number): FleetError {
  const again = new Date(Date.now() + milliseconds).toISOString().replace(/\.\d+/, "");
  return new FleetError("failed", `${service} has had too many requests`, {
    code: "service-busy",
    hint: `try again after ${again}: fleet ticket ...`,
  });
}

function dataOf({ status, json }: HttpAnswer, errors: readonly Fields[], what: string, access: TrackerAccess): Fields {
  const data = fieldsOf(fieldsOf(json).data);
  const [error] = errors;
  if (error === undefined && status === 200 && Object.keys(data).length > 0) return data;
  if (error === undefined && status === 200) throw unexpected(service, what);
  const { code, type, userPresentableMessage } = fieldsOf(error?.extensions);
  const words = textOf(userPresentableMessage) || textOf(error?.message);
  throw refusal(statusOf(status, `${textOf(code)} ${textOf(type)}`, textOf(error?.message)), {
    service,
    what,
    access,
    tokenHint,
    words,
  });
}

/** Linear tells most errors with status 200 or 400 and a word of its own. */
function statusOf(status: number, code: string, message: string): number {
  if (/AUTHENTICATION_ERROR|authentication error/i.test(code)) return 401;
  if (/FORBIDDEN|forbidden|feature not accessible/i.test(code)) return 403;
  if (/Entity not found|not find referenced/i.test(message)) return 404;
  return status;
}
