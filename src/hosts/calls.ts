import type { FleetError } from "../errors.ts";
import { apiVersion } from "../model/api-version.ts";
import { errorThere, type Told } from "./error-there.ts";
import type { Host } from "./host.ts";
import { lost } from "./unreachable.ts";

/** How a row of `api/` is called on a host. */
export interface CallOptions {
  /** The caller's name for a call that changes something: repeated with the same name, it is done once. */
  readonly operation?: string | undefined;
  /** Where the call is made there, absolute; the home there unless given. */
  readonly directory?: string | undefined;
  readonly tell?: ((event: Told) => void) | undefined;
  readonly progress?: ((progress: Told) => void) | undefined;
  /** Asks the host to stop an operation when it fires, and waits for what has come of it; a call without a name is left. */
  readonly cancelled?: AbortSignal | undefined;
}

/** What a host says first. */
export interface Hello {
  readonly api: number;
  readonly fleet: string;
  /** By how many milliseconds its clock is ahead of the one here, or behind when negative; 0 when they agree as far as can be told. */
  readonly clockAhead: number;
}

/** A hello is some time on its way: clocks that differ by less may agree. */
const clockSlackMilliseconds = 10_000;

function helloFrom({
  api,
  fleet,
  now,
}: {
  readonly api: number;
  readonly fleet: string;
  readonly now?: unknown;
}): Hello {
  const ahead = typeof now === "number" && Number.isFinite(now) ? now - Date.now() : 0;
  return { api, fleet, clockAhead: Math.abs(ahead) < clockSlackMilliseconds ? 0 : ahead };
}

interface Open {
  readonly name: string;
  readonly options: CallOptions;
  readonly answered: PromiseWithResolvers<unknown>;
}

/** Calls over the two ends of a line: what is said and what is heard are lines of JSON, as `fleet api` speaks them. */
export class CallLine {
  /** Fulfilled with what the other side says first. */
  readonly hello: Promise<Hello>;
  readonly #host: Host;
  readonly #say: (line: string) => void;
  readonly #greeted = Promise.withResolvers<Hello>();
  readonly #open = new Map<unknown, Open>();
  #last = 0;
  #version = "";
  #over: FleetError | undefined;

  /** A line to a host; `say` sends it a line. */
  constructor(host: Host, say: (line: string) => void) {
    this.#host = host;
    this.#say = say;
    this.hello = this.#greeted.promise;
    // Whoever waits for a greeting that does not come is told by `end`; nobody may be waiting.
    this.hello.catch(() => undefined);
  }

  /** Hears a line. What is no JSON object, such as a greeting of the login shell, is passed over. */
  hear(line: string): void {
    const message = objectIn(line);
    if (message === undefined) return;
    if (message.hello !== undefined) this.#greet(helloFrom(message.hello as Hello));
    else this.#answer(message);
  }

  /** Has calls that change nothing end there when the line does, be we killed or the link cut. A fleet that does not know it goes on. */
  endWithUs(): void {
    this.#ask("hello", { hello: { api: apiVersion, stays: true } }).catch(() => undefined);
  }

  /** Calls a row of `api/` and returns its answer; rejects with the error it ended with there, or that the link was lost. */
  async call(name: string, input: object, options: CallOptions = {}): Promise<unknown> {
    const { operation, directory, cancelled } = options;
    cancelled?.throwIfAborted();
    const answer = this.#ask(name, { call: name, input, operation, directory }, options);
    const stop = operation === undefined ? undefined : () => this.#ask("cancel", { cancel: operation });
    return unlessCancelled(answer, cancelled, stop);
  }

  /** What came of an operation, also of an earlier connection. */
  result(operation: string): Promise<unknown> {
    return this.#ask("result", { result: operation });
  }

  /** Nothing more will be heard: whoever waits is told so. */
  end(error: FleetError | undefined): void {
    this.#over = error ?? lost(this.#host, "a call");
    this.#greeted.reject(this.#over);
    for (const { name, answered } of this.#open.values()) answered.reject(error ?? lost(this.#host, name));
    this.#open.clear();
  }

  #ask(name: string, message: object, options: CallOptions = {}): Promise<unknown> {
    if (this.#over !== undefined) return Promise.reject(this.#over);
    const answered = Promise.withResolvers<unknown>();
    this.#last += 1;
    this.#open.set(this.#last, { name, options, answered });
    this.#say(JSON.stringify({ id: this.#last, ...message }));
    return answered.promise;
  }

  #greet(hello: Hello): void {
    this.#version = hello.fleet;
    this.#greeted.resolve(hello);
  }

  /** What is said of a call: on the way as often as the host likes, and once at its end. */
  #answer({ id, event, progress, error, answer }: Told): void {
    const found = this.#open.get(id);
    if (found === undefined) return;
    const { options, answered } = found;
    if (event !== undefined) options.tell?.(event as Told);
    else if (progress !== undefined) options.progress?.(progress as Told);
    else {
      this.#open.delete(id);
      if (error === undefined) answered.resolve(answer);
      else answered.reject(errorThere(this.#host, this.#version, error as Told));
    }
  }
}

/**
 * Waits for an answer. When the caller cancels, `stop` asks the host to stop, and what has come of it is the answer; without it nobody waits
 * any more, and the reason is thrown.
 */
async function unlessCancelled(
  answer: Promise<unknown>,
  cancelled: AbortSignal | undefined,
  stop: (() => Promise<unknown>) | undefined,
): Promise<unknown> {
  const left = Promise.withResolvers<never>();
  left.promise.catch(() => undefined);
  const cancel = () => {
    if (stop === undefined) left.reject(cancelled?.reason);
    else stop().catch(() => undefined);
  };
  cancelled?.addEventListener("abort", cancel, { once: true });
  try {
    return await Promise.race([answer, left.promise]);
  } finally {
    cancelled?.removeEventListener("abort", cancel);
  }
}

function objectIn(line: string): Told | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Told) : undefined;
  } catch {
    return undefined;
  }
}
