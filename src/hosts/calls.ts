import { exitCodes, type FailureKind, FleetError } from "../errors.ts";
import { apiVersion } from "../model/api-version.ts";
import { build } from "../system/build.ts";
import type { Host } from "./host.ts";
import { lost } from "./unreachable.ts";

/** Something that a host tells while a call is done there. */
export type Told = Readonly<Record<string, unknown>>;

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
export interface CallLine {
  /** Fulfilled with what the other side says first. */
  readonly hello: Promise<Hello>;
  /** Hears a line. What is no JSON object, such as a greeting of the login shell, is passed over. */
  hear(line: string): void;
  /** Has calls that change nothing end there when the line does, be we killed or the link cut. A fleet that does not know it goes on. */
  endWithUs(): void;
  call(name: string, input: object, options?: CallOptions): Promise<unknown>;
  /** What came of an operation, also of an earlier connection. */
  result(operation: string): Promise<unknown>;
  /** Nothing more will be heard: whoever waits is told so. */
  end(error: FleetError | undefined): void;
}

/** Opens a line to a host; `say` sends a line to it. */
export function openLine(host: Host, say: (line: string) => void): CallLine {
  const open = new Map<number, Open>();
  const greeted = Promise.withResolvers<Hello>();
  let version = "";
  // Whoever waits for a greeting that does not come is told by `end`; nobody may be waiting.
  greeted.promise.catch(() => undefined);
  let last = 0;
  let over: FleetError | undefined;

  const ask = (name: string, message: object, options: CallOptions = {}): Promise<unknown> => {
    if (over !== undefined) return Promise.reject(over);
    const answered = Promise.withResolvers<unknown>();
    last += 1;
    open.set(last, { name, options, answered });
    say(JSON.stringify({ id: last, ...message }));
    return answered.promise;
  };

  return {
    hello: greeted.promise,
    hear(line) {
      const message = objectIn(line);
      if (message === undefined) return;
      if (message.hello !== undefined) {
        const hello = helloFrom(message.hello as Hello);
        version = hello.fleet;
        return greeted.resolve(hello);
      }
      const found = open.get(message.id as number);
      if (found === undefined) return;
      if (message.event !== undefined) return found.options.tell?.(message.event as Told);
      if (message.progress !== undefined) return found.options.progress?.(message.progress as Told);
      open.delete(message.id as number);
      if (message.error === undefined) found.answered.resolve(message.answer);
      else found.answered.reject(errorFrom(host, version, message.error as Told));
    },
    endWithUs() {
      ask("hello", { hello: { api: apiVersion, stays: true } }).catch(() => undefined);
    },
    async call(name, input, options = {}) {
      const { operation, directory, cancelled } = options;
      cancelled?.throwIfAborted();
      const answer = ask(name, { call: name, input, operation, directory }, options);
      const stop = operation === undefined ? undefined : () => ask("cancel", { cancel: operation });
      return unlessCancelled(answer, cancelled, stop);
    },
    result: (operation) => ask("result", { result: operation }),
    end(error) {
      over = error ?? lost(host, "a call");
      greeted.reject(over);
      for (const { name, answered } of open.values()) answered.reject(error ?? lost(host, name));
      open.clear();
    },
  };
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

/** What we call is right where the fleet there is the same: another one may not know it yet, or not any more. */
const strange: readonly unknown[] = ["unknown-operation", "malformed-call"];

/** The error of a host, which has this version, as one of ours. */
function errorFrom(host: Host, version: string, told: Told): FleetError {
  const { kind, code, message, hint, output } = told;
  const { name } = host;
  if (strange.includes(code)) return otherFleet(host, version, told);
  const known = typeof kind === "string" && Object.hasOwn(exitCodes, kind) ? (kind as FailureKind) : "failed";
  return new FleetError(known, `${name}: ${String(message)}`, {
    ...(typeof code === "string" ? { code } : {}),
    ...(typeof hint === "string" ? { hint: `on ${name}: ${hint}` } : {}),
    ...(typeof output === "string" ? { output } : {}),
  });
}

/** The error for a fleet that is not told from ours by its major version, and does not take what we ask. The code stays. */
function otherFleet({ name }: Host, version: string, { code, message }: Told): FleetError {
  const which = version === build.version ? `another build of fleet ${version}` : `fleet ${version}`;
  const isNewer = Bun.semver.order(version, build.version) > 0;
  return new FleetError("failed", `${name} has ${which}, which does not do this as ${build.version} here asks for it`, {
    code: String(code),
    output: String(message),
    hint: isNewer
      ? "to get the newer one here, run fleet upgrade"
      : `to bring both to one version, run fleet hosts add ${name} -y`,
  });
}
