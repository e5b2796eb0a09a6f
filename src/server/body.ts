import { Refusal } from "./problem.ts";

/** The most that a call may send. */
const mostOfCall = 10_000_000;
/** GitHub sends no more with a webhook. */
export const mostOfHook = 25_000_000;
const bodyMilliseconds = 30_000;

/**
 * All bytes of a request, of which no more are read than may be.
 * @throws {Refusal} 413 when there are more, 408 when they do not come within half a minute
 */
export async function bodyOf(request: Request, most: number): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get("content-length") ?? 0) > most) throw tooLarge(most);
  const reader = request.body?.getReader();
  if (reader === undefined) return new Uint8Array();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooSlow()), bodyMilliseconds);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) return Buffer.concat(chunks);
      bytes += value.byteLength;
      if (bytes > most) throw tooLarge(most);
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
    reader.cancel().catch(() => undefined);
  }
}

/** The object that a request sends as JSON; an empty one when it sends nothing. Throws Refusal 415 or 400 for anything else. */
export async function jsonOf(request: Request, most = mostOfCall): Promise<Readonly<Record<string, unknown>>> {
  const bytes = await bodyOf(request, most);
  if (bytes.byteLength === 0) return {};
  if (!/^application\/json *(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new Refusal(415, "a call sends JSON", {
      code: "not-json",
      hint: "send it with Content-Type: application/json",
    });
  }
  const value = parsed(new TextDecoder().decode(bytes));
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Refusal(400, "a call sends an object of JSON", {
    code: "malformed-call",
    hint: "for the shapes, look at /api/v1/openapi.json",
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function tooLarge(most: number): Refusal {
  return new Refusal(413, `a request here has at most ${most} bytes`, {
    code: "too-large",
    hint: "send less at a time",
    // The rest of it would otherwise be read as another request.
    headers: { Connection: "close" },
  });
}

function tooSlow(): Refusal {
  return new Refusal(408, `the request did not come within ${bodyMilliseconds / 1000} s`, {
    code: "too-slow",
    hint: "send it again",
    headers: { Connection: "close" },
  });
}
