import type { FleetError } from "../errors.ts";
import type { Conversation } from "../system/converse.ts";
import type { Environment } from "../system/environment.ts";
import type { Limit } from "../system/limit.ts";
import type { Host } from "./host.ts";

/** Where a connection is made from. */
export interface Surroundings {
  readonly environment: Environment;
  readonly cancelled: AbortSignal;
  /** The executable of this fleet, for what git and terminals go through where there is no ssh. */
  readonly program: string;
}

/** The first command of a connection: a POSIX script that may read what it is told after it has said its first line. */
export interface FirstCommand {
  readonly script: string;
  readonly onLine: (line: string) => void;
}

/** What a script ended with on a host. */
export interface HostFinished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One connection to a host, over which everything goes until it is closed. */
export interface Connection {
  readonly host: Host;
  /**
   * Runs a POSIX script there, in `sh` whatever the login shell is, and tells how it ended: also with code 255. It is told as input, so
   * that no shell on the way reads it. What has begun there goes on when the link breaks or `cancelled` fires.
   * @throws {FleetError} `failed` with code `host-link-lost`, or why the host cannot be reached
   */
  run(
    script: string,
    options?: { readonly cancelled?: AbortSignal; readonly timeoutMilliseconds?: number },
  ): Promise<HostFinished>;
  /** Hands bytes to a command of ours there, in words that every shell reads alike. Throws as `run` does. */
  send(command: string, bytes: Uint8Array, cancelled?: AbortSignal): Promise<HostFinished>;
  /** The address of a repository there, for a git that is run with `gitEnvironment`. */
  gitUrl(path: string): string;
  /** What makes git use this connection. */
  readonly gitEnvironment: Environment;
  /** The words that run a command there on the user's terminal, over this connection. */
  onTerminal(command: string): readonly string[];
  /** As many may use the connection at a time as any server allows: what does not go through `run` and `send`, as git, passes here. */
  readonly turn: Limit;
  /** Ends it. What runs there is not ended. */
  close(): Promise<void>;
}

/** The connection and what the first command there says, a line each. */
export interface OpenedConnection extends Connection {
  /** The process that holds the connection: what it is told reaches the first command. */
  readonly master: Conversation;
}

/** A host that says nothing for this long is not waited for. */
export const answerMilliseconds = 5000;
/** Of the ten sessions that an sshd allows unless told otherwise, the first command has one. */
export const sessionsAtOnce = 8;

/** What a promise comes to, unless it takes too long or nobody waits any more. */
export async function within<Value>(
  promise: Promise<Value>,
  limits: { readonly cancelled: AbortSignal; readonly milliseconds: number; readonly late: () => FleetError },
): Promise<Value> {
  const { cancelled, milliseconds, late } = limits;
  cancelled.throwIfAborted();
  const given = Promise.withResolvers<never>();
  const timer = setTimeout(() => given.reject(late()), milliseconds);
  const abort = () => given.reject(cancelled.reason);
  cancelled.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, given.promise]);
  } finally {
    clearTimeout(timer);
    cancelled.removeEventListener("abort", abort);
  }
}
