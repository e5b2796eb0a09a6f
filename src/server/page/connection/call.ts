import type { Progress, RowName, Rows } from "../wire.ts";
import { giveUpAccess, token } from "./session.ts";

/** Why the server did not do something, in its own words: what was wrong and what to do next. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly kind: string;
  readonly code: string | null;
  readonly hint: string | null;

  constructor(message: string, { kind = "failed", code = null, hint = null }: Partial<Reasons> = {}) {
    super(message);
    this.kind = kind;
    this.code = code;
    this.hint = hint;
  }
}

interface Reasons {
  readonly kind: string;
  readonly code: string | null;
  readonly hint: string | null;
}

interface CallOptions {
  /** The repository that it is about, as `-C` says it. */
  readonly directory?: string | undefined;
  /** Names the operation, so that a repeated call does nothing a second time. */
  readonly operation?: string;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * Calls a row of the server and gives its answer; throws a `Refusal` for all that stood in the way. When the connection is lost under an
 * operation that has a name, what came of it is asked for when the server is back: it goes on without the page.
 */
export async function call<Name extends RowName>(
  name: Name,
  input: Rows[Name]["input"],
  options: CallOptions = {},
): Promise<Rows[Name]["answer"]> {
  try {
    return await callOnce(name, input, options);
  } catch (error) {
    const { operation } = options;
    if (!(error instanceof Refusal) || error.kind !== "offline" || operation === undefined) throw error;
    return (await laterOutcome(operation, error)) as Rows[Name]["answer"];
  }
}

const askAgain = 1500;
const patience = 200;

/** What an operation ended with, asked for until the server says; `lost` when it never heard of it. */
async function laterOutcome(operation: string, lost: Refusal): Promise<unknown> {
  for (let turn = 0; turn < patience; turn++) {
    await new Promise((resolve) => setTimeout(resolve, askAgain));
    try {
      const { outcome } = await look<{ outcome: Line }>(`/api/v1/operations/${operation}`);
      if (outcome.error !== undefined) throw new Refusal(outcome.error.message, outcome.error);
      return outcome.answer;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (error.code === "operation-unknown") throw lost;
      if (error.kind !== "offline" && error.code !== "operation-running") throw error;
    }
  }
  throw lost;
}

async function callOnce<Name extends RowName>(
  name: Name,
  input: Rows[Name]["input"],
  { directory, operation, onProgress }: CallOptions,
): Promise<Rows[Name]["answer"]> {
  const response = await request(`/api/v1/${name}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      ...(onProgress === undefined ? {} : { Accept: "application/x-ndjson" }),
      ...(directory === undefined ? {} : { "Fleet-Directory": encodeURIComponent(directory) }),
      ...(operation === undefined ? {} : { "Idempotency-Key": operation }),
    },
    body: JSON.stringify(input),
  });
  if (onProgress === undefined) return (await response.json()) as Rows[Name]["answer"];
  return (await answerOfStream(response, onProgress)) as Rows[Name]["answer"];
}

/** Asks the server to give up an operation that runs. Says whether it will; what was done by then is undone or told by its end. */
export async function cancelOperation(operation: string): Promise<boolean> {
  const response = await request(`/api/v1/operations/${operation}`, { method: "DELETE" });
  return ((await response.json()) as { readonly cancelled: boolean }).cancelled;
}

/** Reads something of the server that is no row. */
export async function look<Answer>(path: string): Promise<Answer> {
  return (await (await request(path, {})).json()) as Answer;
}

async function request(path: string, init: RequestInit): Promise<Response> {
  const headers = { ...init.headers, Authorization: `Bearer ${token() ?? ""}` };
  const response = await fetch(path, { ...init, headers }).catch(() => {
    throw new Refusal("the server does not answer", { kind: "offline", hint: "to start it, run fleet serve" });
  });
  if (response.ok) return response;
  const refusal = await refusalOf(response);
  if (response.status === 401) giveUpAccess();
  throw refusal;
}

async function refusalOf(response: Response): Promise<Refusal> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Reasons> & { detail?: string; title?: string };
  return new Refusal(problem.detail ?? problem.title ?? `the server answered ${response.status}`, problem);
}

interface Line {
  readonly progress?: Progress;
  readonly event?: Record<string, unknown>;
  readonly answer?: unknown;
  readonly error?: Reasons & { readonly message: string };
}

/** Reads the lines of a long operation as they come; the last one has the answer. */
async function answerOfStream(response: Response, onProgress: (progress: Progress) => void): Promise<unknown> {
  for await (const text of linesOf(response)) {
    if (text.trim() === "") continue;
    const line = JSON.parse(text) as Line;
    if (line.error !== undefined) throw new Refusal(line.error.message, line.error);
    if (line.answer !== undefined) return line.answer;
    if (line.progress !== undefined) onProgress(line.progress);
    else if (line.event !== undefined) onProgress({ kind: "event", ...line.event });
  }
  throw new Refusal("the connection was lost before the answer came; the operation goes on without it", {
    kind: "offline",
  });
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true as const, value: undefined }));
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
