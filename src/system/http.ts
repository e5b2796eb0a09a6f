import { getCACertificates } from "node:tls";
import { FleetError } from "../errors.ts";
import { pause } from "./poll.ts";

/** A request to a service of somebody else. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** May hold secrets; they go to this one origin and are in no error. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** As users call the service, for errors: `GitHub`. */
  readonly service: string;
  readonly cancelled: AbortSignal;
  /** Called before a request is sent again, with the reason and how long that takes. */
  readonly onWait?: (reason: string, milliseconds: number) => void;
  readonly limits?: Partial<HttpLimits>;
}

interface HttpLimits {
  /** For one attempt, all of its answer included. */
  readonly timeoutMilliseconds: number;
  readonly attempts: number;
  /** Before the second attempt, when the service does not say how long; each further one takes twice as long. */
  readonly pauseMilliseconds: number;
  /** How long all attempts together may wait for the service to be ready again. */
  readonly waitMilliseconds: number;
}

/** What a service answered. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The body, when it is JSON; else `undefined`. */
  readonly json: unknown;
  readonly text: string;
}

const usualLimits: HttpLimits = {
  timeoutMilliseconds: 30_000,
  attempts: 3,
  pauseMilliseconds: 500,
  waitMilliseconds: 60_000,
};
const largestAnswer = 32 * 1024 * 1024;
const mostRedirects = 3;

/**
 * Asks a service, through the proxy and with the certificates of the user's environment and system (HTTPS_PROXY, NO_PROXY,
 * SSL_CERT_FILE). A service that is busy (429, a used up rate limit, 5xx) is asked again, for as long as it says, within the limits; a
 * request that changes something and got no answer at all is not. Whatever else it answers is returned. Redirects are followed within
 * the origin only, so that no secret goes anywhere else.
 *
 * Throws FleetError `failed` when it cannot be reached, stays busy or answers too much, `timeout` when it does not answer in time.
 */
export async function http(request: HttpRequest): Promise<HttpAnswer> {
  const limits = { ...usualLimits, ...request.limits };
  let waited = 0;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await once(request, limits);
    const busy = busyness(outcome, request.method, limits.pauseMilliseconds * 2 ** (attempt - 1));
    if (busy === undefined) {
      if (outcome instanceof FleetError) throw outcome;
      return outcome;
    }
    if (attempt >= limits.attempts || waited + busy.milliseconds > limits.waitMilliseconds) {
      throw outcome instanceof FleetError ? outcome : stillBusy(request, busy);
    }
    waited += busy.milliseconds;
    request.onWait?.(`${request.service} ${busy.reason}`, busy.milliseconds);
    await pause(busy.milliseconds, request.cancelled);
  }
}

interface Busy {
  readonly reason: string;
  readonly milliseconds: number;
}

/** Whether it makes sense to ask again, and when. */
function busyness(outcome: HttpAnswer | FleetError, method: HttpRequest["method"], usual: number): Busy | undefined {
  if (outcome instanceof FleetError) {
    const { code, cause } = outcome;
    const mayRepeat = code === unreachable && !isUntrusted(cause) && (method === "GET" || isRefused(cause));
    return mayRepeat ? { reason: "cannot be reached", milliseconds: usual } : undefined;
  }
  const { status, headers } = outcome;
  const asked = waitAsked(headers);
  const isLimited =
    status === 429 || (status === 403 && (headers.has("retry-after") || headers.get("x-ratelimit-remaining") === "0"));
  if (isLimited) return { reason: "has had too many requests", milliseconds: asked ?? 60_000 };
  if (status < 500 || status === 501) return undefined;
  const told = headers.has("retry-after") ? asked : undefined;
  return { reason: `answers ${status}`, milliseconds: Math.max(told ?? 0, usual) };
}

/** Nothing of a request has arrived at a port where nobody listens. */
function isRefused(cause: unknown): boolean {
  return ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN"].includes((cause as NodeJS.ErrnoException).code ?? "");
}

/** A certificate does not get better by waiting. */
function isUntrusted(cause: unknown): boolean {
  return /CERT|SELF_SIGNED|ISSUER|VERIFY/.test(String((cause as NodeJS.ErrnoException).code));
}

/** `retry-after` has seconds or a date, what GitHub and GitLab say of their rate limits the second of its end since 1970. */
function waitAsked(headers: Headers): number | undefined {
  const after = headers.get("retry-after");
  if (after !== null) return /^\d+$/.test(after) ? Number(after) * 1000 : untilMoment(Date.parse(after));
  const reset = headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset") ?? "";
  return /^\d+$/.test(reset) ? untilMoment(Number(reset) * 1000 + 1000) : undefined;
}

function untilMoment(moment: number): number | undefined {
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - Date.now());
}

function stillBusy({ service, url }: HttpRequest, { reason, milliseconds }: Busy): FleetError {
  const again = new Date(Date.now() + milliseconds).toISOString().replace(/\.\d+/, "");
  return new FleetError("failed", `${service} ${reason}`, {
    code: "service-busy",
    hint: `try again after ${again}; to see how it is, run curl -sI ${originOf(url)}`,
  });
}

/** One attempt: what was answered, or why there is no answer. */
async function once(request: HttpRequest, limits: HttpLimits): Promise<HttpAnswer | FleetError> {
  const { service, cancelled, url } = request;
  const late = AbortSignal.timeout(limits.timeoutMilliseconds);
  const hint = `to see whether it can be reached, run curl -sI ${originOf(url)}`;
  try {
    const response = await followed(request, AbortSignal.any([cancelled, late]));
    const text = await textOf(response, request);
    return { status: response.status, headers: response.headers, json: parsed(text), text };
  } catch (cause) {
    cancelled.throwIfAborted();
    if (cause instanceof FleetError) throw cause;
    if (late.aborted) {
      const seconds = limits.timeoutMilliseconds / 1000;
      throw new FleetError("timeout", `${service} has not answered within ${seconds} s`, { hint });
    }
    const why = cause instanceof Error ? cause.message.replace(/^[A-Z_]+: /, "") : "";
    const message = `${service} cannot be reached at ${originOf(url)}`;
    const trust = "to trust a certificate of your own, run export SSL_CERT_FILE=FILE";
    const help = isUntrusted(cause) ? trust : hint;
    return new FleetError("failed", message, { code: unreachable, output: why, hint: help, cause });
  }
}

const unreachable = "service-unreachable";

/** A repository that has another name now is found under its new one. */
async function followed({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<Response> {
  let address = new URL(url);
  for (let redirects = 0; ; redirects += 1) {
    const response = await fetch(address, {
      method,
      headers: {
        "user-agent": "ai-fleet",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      redirect: "manual",
      signal,
      ...(address.protocol === "https:" ? { tls: { ca: certificates() } } : {}),
    });
    const location = response.headers.get("location");
    const isMoved = [301, 302, 307, 308].includes(response.status) && location !== null;
    if (!isMoved || redirects === mostRedirects) return response;
    const next = new URL(location, address);
    if (next.origin !== address.origin) return response;
    address = next;
  }
}

let known: string[] | undefined;

/** Those that Bun brings, and those of this machine, to which SSL_CERT_FILE belongs. They take 10 ms to read. */
export function certificates(): string[] {
  known ??= [...getCACertificates("default"), ...getCACertificates("system")];
  return known;
}

async function textOf(response: Response, { service, url }: HttpRequest): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largestAnswer) {
      throw new FleetError("failed", `${service} answers more than ${largestAnswer} bytes`, {
        hint: `to see what is there, run curl -sI ${originOf(url)}`,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The scheme, host and port of an address: nothing that could be a secret. */
function originOf(url: string): string {
  return new URL(url).origin;
}
