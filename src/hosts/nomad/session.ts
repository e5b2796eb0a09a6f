import { certificates } from "../../system/http.ts";
import { pause } from "../../system/poll.ts";
import { endFrame, heartbeatFrame, inputFrames, readFrame, sizeFrame } from "./frames.ts";
import { taskName } from "./job.ts";
import type { Nomad } from "./service.ts";

/** How a command ended: `exitCode` is undefined when the link was lost, or never made, for the reason that `lost` is. */
export interface Ending {
  readonly exitCode: number | undefined;
  readonly lost: string;
}

/** A command that runs in an allocation and is spoken with. */
export interface Session {
  /** Fulfilled when it can be spoken with; never when it cannot. */
  readonly opened: Promise<void>;
  /** Hands on standard input, in the order of the calls; fulfilled when most of it has gone out. */
  say(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(columns: number, rows: number): void;
  /** Ends the link. What becomes of the command there is for the driver of the task to say. */
  drop(): void;
  readonly ended: Promise<Ending>;
}

interface SessionOptions {
  readonly allocation: string;
  readonly command: readonly string[];
  readonly terminal?: boolean;
  readonly onOutput: (stream: 1 | 2, bytes: Uint8Array) => void;
}

/** How often a server that says nothing is asked whether it is there, and how many times it may be silent to that. */
const pingMilliseconds = 3000;
const silentPings = 3;
const heartbeatMilliseconds = 10_000;
/** What has not gone out yet is kept in memory. */
const mostBuffered = 4 * 1024 * 1024;

/** Of the options of a WebSocket, those that Bun has and browsers have not. */
type Options = { readonly headers: Readonly<Record<string, string>>; readonly tls?: { readonly ca: string[] } };

/** Runs a command in the task of an allocation, by a WebSocket of the exec endpoint of Nomad. */
export function openSession(nomad: Nomad, { onOutput, ...wanted }: SessionOptions): Session {
  const socket = socketFor(nomad, wanted);
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Ending>();
  const over = new AbortController();
  const end = (ending: Ending) => {
    over.abort();
    ended.resolve(ending);
    socket.close();
  };
  const lose = (lost: string) => end({ exitCode: undefined, lost });
  let reason = "";
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("message", ({ data }) => {
    const { stdout, stderr, exitCode } = readFrame(String(data));
    if (stdout !== undefined) onOutput(1, stdout);
    if (stderr !== undefined) onOutput(2, stderr);
    if (exitCode !== undefined) end({ exitCode, lost: "" });
  });
  socket.addEventListener("error", (event) => {
    reason = (event as ErrorEvent).message;
  });
  socket.addEventListener("close", (event) => lose(event.reason || reason || "the link was ended"));
  keepAlive(socket, over.signal, lose);
  const inTurn = queue(opened.promise, ended.promise);
  return {
    opened: opened.promise,
    ended: ended.promise,
    say: (bytes) =>
      inTurn(async () => {
        for (const frame of inputFrames(bytes)) {
          while (socket.bufferedAmount > mostBuffered) await pause(5, over.signal);
          tell(socket, frame);
        }
      }),
    endInput: () => void inTurn(() => tell(socket, endFrame)),
    resize: (columns, rows) => void inTurn(() => tell(socket, sizeFrame(columns, rows))),
    drop: () => lose("the link was ended"),
  };
}

function socketFor(
  nomad: Nomad,
  { allocation, command, terminal = false }: Omit<SessionOptions, "onOutput">,
): WebSocket {
  const url = nomad.url(`/v1/client/allocation/${allocation}/exec`);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("task", taskName);
  url.searchParams.set("tty", `${terminal}`);
  url.searchParams.set("command", JSON.stringify(command));
  const tls = url.protocol === "wss:" ? { tls: { ca: certificates() } } : {};
  const options: Options = { headers: nomad.headers, ...tls };
  return new WebSocket(url, options as unknown as string[]);
}

/** Hands over a frame; one for a link that is not there is dropped. */
function tell(socket: WebSocket, frame: string): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(frame);
}

/** Asks the server whether it is there, and lets it know that we are, until the session is over or it has been silent for too long. */
function keepAlive(socket: WebSocket, over: AbortSignal, lose: (why: string) => void): void {
  let unanswered = 0;
  const heard = () => {
    unanswered = 0;
  };
  socket.addEventListener("pong", heard);
  socket.addEventListener("message", heard);
  const beats = [
    setInterval(() => {
      unanswered += 1;
      if (unanswered > silentPings) lose("it says nothing any more");
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    }, pingMilliseconds),
    setInterval(() => tell(socket, heartbeatFrame), heartbeatMilliseconds),
  ];
  over.addEventListener("abort", () => beats.forEach(clearInterval), { once: true });
}

/** What does one thing after another from when the session is open. Who waits for its turn when the session ends waits no longer. */
function queue(opened: Promise<void>, ended: Promise<Ending>): (task: () => Promise<void> | void) => Promise<void> {
  let last = opened;
  return (task) => {
    const turn = last.then(task);
    // Who says something to a command that has ended hears of that by its end.
    last = turn.catch(() => undefined);
    return Promise.race([last, ended.then(() => undefined)]);
  };
}
