import { connect, createServer, type Server, type Socket } from "node:net";
import { isAllowedPlace, type NetworkPlace } from "../../model/network.ts";
import { join } from "./join.ts";
import { type ProxyRequest, proxyRequest } from "./request.ts";

/** More than the head of any request has. */
const longestHead = 65_536;

/** What a proxy lets through, and whom it tells of the rest. */
export interface Passage {
  /** Patterns as `isHostPattern` takes them. */
  readonly allow: readonly string[];
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

function answer(client: Socket, head: string, rest: Buffer, { allow, onRefused }: Passage): void {
  const request = proxyRequest(head);
  if (request === undefined) refuse(client, 400, "this is no request to a proxy");
  else if (isAllowedPlace(request.place, allow)) letThrough(client, request, rest);
  else {
    const place = `${request.place.host}:${request.place.port}`;
    onRefused(place);
    refuse(client, 403, `${place} is not in network_allow`);
  }
}

function letThrough(client: Socket, { place, connects, head }: ProxyRequest, rest: Buffer): void {
  const there = connect({ host: place.host.replace(/^\[|\]$/g, ""), port: place.port });
  there.once("error", (error) => refuse(client, 502, unreachable(place, error)));
  there.once("connect", () => {
    there.removeAllListeners("error");
    if (connects) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    else there.write(Buffer.from(head, "latin1"));
    if (rest.length > 0) there.write(rest);
    join(client, there);
  });
}

function unreachable({ host, port }: NetworkPlace, error: Error): string {
  return `${host}:${port} cannot be reached: ${error.message}`;
}

const reasons: Readonly<Record<number, string>> = { 400: "Bad Request", 403: "Forbidden", 502: "Bad Gateway" };

function refuse(client: Socket, status: number, text: string): void {
  const body = `fleet: ${text}\n`;
  const fields = [`Content-Length: ${Buffer.byteLength(body)}`, "Content-Type: text/plain", "Connection: close"];
  client.end([`HTTP/1.1 ${status} ${reasons[status]}`, ...fields, "", body].join("\r\n"));
}
