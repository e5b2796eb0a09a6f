import { type Call, type Calls, callOperation, checkedId, type Listener } from "../api/calling.ts";
import type { Operation } from "../api/operation.ts";
import type { Outcome } from "../api/outcomes.ts";
import { asFleetError, type ErrorForPrograms, errorAsJson, FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { isRealDirectory } from "../system/files.ts";
import { problem, problemOf, Refusal, statusOf } from "./problem.ts";
import { rootsOfAgents } from "./repositories.ts";
import type { Role } from "./tokens.ts";

/** Where calls come to: those of this process, and how many have not been answered yet. */
export interface Desk {
  readonly calls: Calls;
  open: number;
}

/** A call that came over HTTP. */
export interface WebCall {
  readonly fleet: Fleet;
  readonly desk: Desk;
  readonly name: string;
  readonly operation: Operation;
  readonly input: unknown;
  readonly request: Request;
  readonly role: Role;
  /** Called when it has been done, whatever came of it. */
  readonly done?: () => void;
}

const waitingAtMost = 200;
const beatMilliseconds = 10_000;

/** Answers a call: at its end with one object, or with lines of JSON while it goes on, for a caller who accepts those. */
export async function answerCall(web: WebCall): Promise<Response> {
  const call = callOf(web);
  const headers: Record<string, string> = call.operation === undefined ? {} : { "Fleet-Operation": call.operation };
  if (wantsLines(web.request)) {
    // nginx collects an answer unless it is told not to.
    const lines = { "Content-Type": "application/x-ndjson", "X-Accel-Buffering": "no" };
    return new Response(linesOf(web, call), { headers: { ...headers, ...lines } });
  }
  try {
    const outcome = await outcomeOf(web, call, { tell: () => undefined, progress: () => undefined });
    return answered(outcome, headers);
  } catch (error) {
    return problem(error);
  }
}

function answered(outcome: Outcome, headers: Readonly<Record<string, string>>): Response {
  if ("answer" in outcome) return Response.json(outcome.answer, { headers });
  const { kind, message, code, hint, output } = outcome.error as ErrorForPrograms;
  const known = new FleetError(kind, message, { code: code ?? "", hint: hint ?? "", output: output ?? "" });
  const status = statusOf(known);
  return Response.json(
    { ...problemOf(known, status), code, hint },
    { status, headers: { ...headers, "Content-Type": "application/problem+json" } },
  );
}

function wantsLines({ headers, method }: Request): boolean {
  return method === "POST" && /\bapplication\/x-ndjson\b/.test(headers.get("accept") ?? "");
}

/** Lines of JSON: progress and events while they happen, the answer or error last; an empty line now and then holds the connection. */
function linesOf(web: WebCall, call: Call): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let gone = false;
  return new ReadableStream({
    async start(controller) {
      const write = (text: string) => {
        if (!gone) controller.enqueue(encoder.encode(`${text}\n`));
      };
      const beat = setInterval(() => write(""), beatMilliseconds);
      const outcome = await outcomeOf(web, call, {
        tell: (event) => write(JSON.stringify({ event })),
        progress: (progress) => write(JSON.stringify({ progress })),
      }).catch((error): Outcome => ({ error: errorAsJson(asFleetError(error)) }));
      clearInterval(beat);
      write(JSON.stringify(outcome));
      if (!gone) controller.close();
    },
    cancel() {
      gone = true;
    },
  });
}

function callOf(web: WebCall): Call {
  const { name, operation, input, request } = web;
  return { name, input, operation: operationOf(operation, request), directory: directoryOf(web) };
}

/** A caller who does not name an operation gets a name for it, to ask for what came of it. */
function operationOf({ changes }: Operation, { headers }: Request): string | undefined {
  // As RFC draft "Idempotency-Key" writes it, in quotes, or without.
  const given = headers.get("idempotency-key")?.replace(/^"(.*)"$/, "$1");
  if (given !== undefined) return changes ? checkedId(given) : undefined;
  return changes ? crypto.randomUUID() : undefined;
}

/** Whoever may only look is told of repositories with agents, and of no other directory whether it is there. */
function directoryOf({ fleet, request, role }: WebCall): string | undefined {
  const header = request.headers.get("fleet-directory");
  if (header === null) return undefined;
  const path = decoded(header);
  const mayKnow = role === "owner" || rootsOfAgents(fleet).includes(path ?? "");
  if (mayKnow && path?.startsWith("/") === true && !path.includes("\0") && isRealDirectory(path)) return path;
  throw new FleetError("usage", `there is no directory ${JSON.stringify((path ?? header).slice(0, 200))}`, {
    code: "unknown-directory",
    hint: "Fleet-Directory is an absolute path, with what is not ASCII as %XX",
  });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A caller who has gone needs no look any more; what changes something goes on to its end. */
async function outcomeOf(web: WebCall, call: Call, listener: Listener): Promise<Outcome> {
  const { fleet, desk, operation, request } = web;
  if (desk.open >= waitingAtMost) throw tooMany();
  // As a command that only looks goes on without what is wrong in the configuration, and one that changes something does not.
  if (operation.changes && fleet.settings.mistake !== undefined) throw fleet.settings.mistake;
  const gone = new AbortController();
  const leave = () => gone.abort(new FleetError("interrupted", "the caller has gone", { code: "cancelled" }));
  if (!operation.changes) request.signal.addEventListener("abort", leave, { once: true });
  desk.open += 1;
  try {
    const cancelled = AbortSignal.any([fleet.cancelled, gone.signal]);
    return await callOperation({ ...fleet, cancelled }, desk.calls, call, listener);
  } finally {
    desk.open -= 1;
    request.signal.removeEventListener("abort", leave);
    web.done?.();
  }
}

function tooMany(): Refusal {
  return new Refusal(429, `more than ${waitingAtMost} calls wait already`, {
    code: "too-many-calls",
    hint: "ask again when some of them are answered; /api/v1/events tells of changes without asking",
    headers: { "Retry-After": "1" },
  });
}
