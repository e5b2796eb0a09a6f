import { signal } from "@preact/signals";
import type { Agent } from "../wire.ts";
import { look } from "./call.ts";
import { type Role, role, token } from "./session.ts";

/** `connecting` until the first answer; `lost` says since when, and when it is tried again. */
export type Connection =
  | { readonly is: "connecting" | "live" }
  | { readonly is: "lost"; readonly since: number; readonly retryAt: number };

export const connection = signal<Connection>({ is: "connecting" });
/** When the server last said that this page could not follow and had to be shown everything anew. */
export const fellBehindAt = signal(0);

export interface Cursor {
  readonly column: number;
  readonly row: number;
  readonly visible: boolean;
}

export type TerminalEvent =
  | {
      readonly type: "terminal";
      readonly whole: true;
      readonly columns: number;
      readonly rows: number;
      readonly lines: readonly string[];
      readonly cursor: Cursor;
      readonly title: string;
    }
  | {
      readonly type: "terminal";
      readonly whole: false;
      readonly changed: readonly (readonly [number, string])[];
      readonly cursor: Cursor;
      readonly title: string;
    }
  | { readonly type: "terminal-ended"; readonly reason: string }
  | { readonly type: "scrollback"; readonly lines: readonly string[] }
  | { readonly type: "error"; readonly message: string; readonly hint: string | null };

type Frame =
  | { readonly type: "hello"; readonly instance: string; readonly role: Role }
  | { readonly type: "snapshot"; readonly seq: number; readonly agents: readonly Agent[] }
  | {
      readonly type: "delta";
      readonly seq: number;
      readonly since: number;
      readonly changed: readonly Agent[];
      readonly gone: readonly string[];
    }
  | { readonly type: "behind" | "ending" }
  | (TerminalEvent & { readonly id?: string });

/** What becomes of what the server tells. */
export interface AgentsSink {
  readonly snapshot: (agents: readonly Agent[]) => void;
  readonly delta: (changed: readonly Agent[], gone: readonly string[]) => void;
}

type TerminalListener = (event: TerminalEvent) => void;

const shortestPause = 500;
const longestPause = 10_000;

let socket: WebSocket | undefined;
let sink: AgentsSink | undefined;
/** How far this page has followed, to go on from there after a lost connection. */
let followed: { instance: string; seq: number | undefined } | undefined;
let pause = shortestPause;
let retry: number | undefined;
const terminals = new Map<string, Set<TerminalListener>>();

/** Follows all agents of the server, and goes on by itself after every lost connection, for as long as the page is open. */
export function follow(agents: AgentsSink): void {
  sink = agents;
  addEventListener("online", retryNow);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") retryNow();
  });
  connect();
}

/** Tries again at once when the connection is lost. */
export function retryNow(): void {
  if (connection.value.is === "lost") connect();
}

/** Follows the terminal of an agent until the function that is given back is called. */
export function watchTerminal(id: string, listener: TerminalListener): () => void {
  const listeners = terminals.get(id) ?? new Set();
  listeners.add(listener);
  terminals.set(id, listeners);
  // A second one that looks needs the whole screen too.
  say({ type: "subscribe", to: "terminal", id });
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    terminals.delete(id);
    say({ type: "unsubscribe", to: "terminal", id });
  };
}

/** Types into the terminal of an agent. */
export function typeInto(id: string, text: string): void {
  say({ type: "input", id, text });
}

/** Asks for what went above the screen of an agent; it comes to who watches its terminal. */
export function askForScrollback(id: string, lines: number): void {
  say({ type: "scrollback", id, lines });
}

function connect(): void {
  clearTimeout(retry);
  socket?.close();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const own = new WebSocket(`${scheme}://${location.host}/api/v1/events`, ["fleet.v1", `token.${token() ?? ""}`]);
  socket = own;
  own.onmessage = ({ data }) => {
    if (own === socket) take(JSON.parse(String(data)) as Frame);
  };
  own.onclose = () => {
    if (own === socket) lose();
  };
}

function lose(): void {
  socket = undefined;
  const since = connection.value.is === "lost" ? connection.value.since : Date.now();
  connection.value = { is: "lost", since, retryAt: Date.now() + pause };
  retry = setTimeout(connect, pause);
  pause = Math.min(pause * 2, longestPause);
  // A handshake that was refused does not say why: an ordinary call does, and a token that is unknown ends the waiting.
  look("/api/v1/server").catch(() => undefined);
}

function take(frame: Frame): void {
  switch (frame.type) {
    case "hello":
      role.value = frame.role;
      pause = shortestPause;
      resume(frame.instance);
      return;
    case "snapshot":
      followed = followed && { ...followed, seq: frame.seq };
      sink?.snapshot(frame.agents);
      connection.value = { is: "live" };
      return;
    case "delta":
      takeDelta(frame);
      return;
    case "behind":
      fellBehindAt.value = Date.now();
      return;
    case "ending":
      return;
    default:
      tellTerminal(frame);
  }
}

function resume(instance: string): void {
  const after = followed?.instance === instance ? followed.seq : undefined;
  followed = { instance, seq: after };
  say({ type: "subscribe", to: "agents", ...(after === undefined ? {} : { instance, after }) });
  for (const id of terminals.keys()) say({ type: "subscribe", to: "terminal", id });
}

function takeDelta(frame: Extract<Frame, { type: "delta" }>): void {
  if (followed === undefined) return;
  if (followed.seq !== frame.since) {
    say({ type: "subscribe", to: "agents" });
    return;
  }
  followed = { ...followed, seq: frame.seq };
  sink?.delta(frame.changed, frame.gone);
  connection.value = { is: "live" };
}

function tellTerminal(frame: TerminalEvent & { readonly id?: string }): void {
  if (frame.id === undefined) return;
  for (const listener of terminals.get(frame.id) ?? []) listener(frame);
}

function say(message: Readonly<Record<string, unknown>>): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}
