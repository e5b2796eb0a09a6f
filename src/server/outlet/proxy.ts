import { createServer, type Server, type Socket } from "node:net";
import { isAllowedPlace, type NetworkPlace } from "../../model/network.ts";
import type { Environment } from "../../system/environment.ts";
import { join } from "./join.ts";
import { type ProxyRequest, proxyRequest } from "./request.ts";
import { openWay } from "./way.ts";

/** More than the head of any request has. */
const longestHead = 65_536;

/** What a proxy lets through, and whom it tells of the rest. */
export interface Passage {
  /** Patterns as `isHostPattern` takes them. */
  readonly allow: readonly string[];
  /** Whose variables say which proxy the network is behind. */
  readonly environment: Environment;
  /** Called for each place that was refused, as `HOST:PORT`. */
  readonly onRefused: (place: string) => void;
}

/** Serves a proxy on a socket of the file system; fulfilled when it listens. It resolves names itself: who asks has no network. */
export function serveProxy(socket: string, passage: Passage): Promise<Server> {
  const server = createServer((client) => serve(client, passage));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => resolve(server));
  });
}

function serve(client: Socket, passage: Passage): void {
  let received = Buffer.alloc(0);
  client.on("error", () => client.destroy());
  const read = (bytes: Buffer) => {
    received = Buffer.concat([received, bytes]);
    const end = received.indexOf("\r\n\r\n");
    if (end < 0 && received.length <= longestHead) return;
    client.off("data", read);
    client.pause();
    answer(client, received.subarray(0, Math.max(end, 0)).toString("latin1"), received.subarray(end + 4), passage);
  };
  client.on("data", read);
}

function answer(client: Socket, head: string, rest: Buffer, { allow, environment, onRefused }: Passage): void {
  const request = proxyRequest(head);
  if (request === undefined) refuse(client, 400, "this is no request to a proxy");
  else if (isAllowedPlace(request.place, allow)) void letThrough(client, request, rest, environment);
  else {
    const place = `${request.place.host}:${request.place.port}`;
    onRefused(place);
    refuse(client, 403, `${place} is not in network_allow`);
  }
}

async function letThrough(
  client: Socket,
  request: ProxyRequest,
  rest: Buffer,
  environment: Environment,
): Promise<void> {
  let there: Socket;
  try {
    there = await openWay(request, environment);
  } catch (error) {
    return refuse(client, 502, unreachable(request.place, error));
  }
  if (request.connects) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
  if (rest.length > 0) there.write(rest);
  join(client, there);
  // Who asked may have gone meanwhile.
  if (client.destroyed) there.destroy();
}

function unreachable({ host, port }: NetworkPlace, error: unknown): string {
  return `${host}:${port} cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
}

const reasons: Readonly<Record<number, string>> = { 400: "Bad Request", 403: "Forbidden", 502: "Bad Gateway" };

function refuse(client: Socket, status: number, text: string): void {
  const body = `fleet: ${text}\n`;
  const fields = [`Content-Length: ${Buffer.byteLength(body)}`, "Content-Type: text/plain", "Connection: close"];
  client.end([`HTTP/1.1 ${status} ${reasons[status]}`, ...fields, "", body].join("\r\n"));
}
