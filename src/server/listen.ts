import { lookup } from "node:dns/promises";
import { chmodSync, lstatSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { FleetError } from "../errors.ts";
import { bracketed } from "./access.ts";
import { mostOfHook } from "./body.ts";
import type { Client } from "./events/client.ts";
import type { Hub } from "./events/hub.ts";
import type { Role } from "./tokens.ts";

/** Where a server listens. */
export type Place = { readonly hostname: string; readonly port: number } | { readonly socket: string };

/** A server of Bun's that listens at one place. */
export type Listening = Bun.Server<Joining>;

/** What is known of somebody who comes to follow events. */
export interface Joining {
  readonly role: Role;
  client?: Client;
}

export interface Handlers {
  /** Answers a request; nothing when it has become a socket. */
  fetch(request: Request, server: Listening): Promise<Response | undefined>;
  readonly hub: Hub;
}

/** What a client may say at once. */
const mostOfMessage = 128_000;
/** How long a socket may be silent; it is asked whether it lives in between. */
const silentSeconds = 60;

const idleSeconds = 60;

/** Listens at the first of these places that nobody else is at. Throws FleetError `failed` when there is none. */
export async function listenAtFirst(
  [place, ...others]: readonly Place[],
  handlers: Handlers,
): Promise<{ readonly listening: Listening; readonly place: Place }> {
  if (place === undefined) throw new Error("a server listens somewhere");
  try {
    return { listening: await listen(place, handlers), place };
  } catch (error) {
    if (others.length === 0 || (error as FleetError).code !== "address-in-use") throw error;
    return listenAtFirst(others, handlers);
  }
}

/** Listens at an address, or at a socket that only this user can open. Throws FleetError `failed` when that cannot be. */
async function listen(place: Place, { fetch, hub }: Handlers): Promise<Listening> {
  const common = { fetch, websocket: sockets(hub), maxRequestBodySize: mostOfHook + 1 };
  if ("socket" in place) await makeRoomForSocket(place.socket);
  else await requireName(place.hostname);
  try {
    if ("socket" in place) {
      return listenPrivately(() => Bun.serve({ ...common, unix: place.socket }), place.socket);
    }
    return Bun.serve({ ...common, hostname: place.hostname, port: place.port, idleTimeout: idleSeconds });
  } catch (cause) {
    throw cannotListen(place, cause);
  }
}

function sockets(hub: Hub): Bun.WebSocketHandler<Joining> {
  const client = ({ data }: Bun.ServerWebSocket<Joining>, act: (client: Client) => void) => {
    if (data.client !== undefined) act(data.client);
  };
  return {
    maxPayloadLength: mostOfMessage,
    idleTimeout: silentSeconds,
    sendPings: true,
    open(socket) {
      socket.data.client = hub.join(socket.data.role, socket);
    },
    message: (socket, message) => client(socket, (from) => hub.take(from, String(message))),
    drain: (socket) => client(socket, (from) => hub.drained(from)),
    close: (socket) => client(socket, (from) => hub.leave(from)),
  };
}

function cannotListen(place: Place, cause: unknown): FleetError {
  const where = "socket" in place ? place.socket : `${bracketed(place.hostname)}:${place.port}`;
  const { code } = cause as NodeJS.ErrnoException;
  const inUse = code === "EADDRINUSE";
  if (code === "EADDRNOTAVAIL") {
    return new FleetError("failed", `cannot listen at ${where}: this machine has no such address`, {
      cause,
      code: "cannot-listen",
      hint: ownAddressHint,
    });
  }
  return new FleetError("failed", `cannot listen at ${where}${inUse ? ": something else does" : ""}`, {
    cause,
    code: inUse ? "address-in-use" : "cannot-listen",
    output: inUse ? "" : String(cause),
    hint: `to choose another place, run fleet serve ${"socket" in place ? "--socket PATH" : "--port NUMBER"}`,
  });
}

const ownAddressHint = "for this machine alone, leave --host out; for all that reach it, add --host 0.0.0.0";

/** Of a name that means no address Bun says whatever went wrong last. */
async function requireName(hostname: string): Promise<void> {
  try {
    await lookup(hostname);
  } catch (cause) {
    throw new FleetError("failed", `cannot listen at ${hostname}: no address has this name`, {
      cause,
      code: "cannot-listen",
      hint: ownAddressHint,
    });
  }
}

/** Nobody else can open the socket, not even for the moment before its mode is changed. */
function listenPrivately(start: () => Listening, socket: string): Listening {
  const before = process.umask(0o177);
  try {
    const server = start();
    chmodSync(socket, 0o600);
    return server;
  } finally {
    process.umask(before);
  }
}

/** A socket that a killed server left is removed; one that answers, and what is no socket, is somebody's. */
async function makeRoomForSocket(socket: string): Promise<void> {
  const found = lstatSync(socket, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isSocket() && !(await answers(socket))) return rmSync(socket, { force: true });
  throw new FleetError("failed", `${socket} is ${found.isSocket() ? "in use" : "no socket, and stays as it is"}`, {
    code: "address-in-use",
    hint: "to choose another place, run fleet serve --socket PATH",
  });
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    connection.on("connect", () => resolve(true)).on("error", () => resolve(false));
    connection.on("close", () => connection.destroy());
  });
}
