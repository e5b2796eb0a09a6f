import { connect, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { FleetError } from "../../errors.ts";
import type { NetworkPlace } from "../../model/network.ts";
import type { Environment } from "../../system/environment.ts";
import { type Upstream, upstreamFor } from "../../system/upstream-proxy.ts";
import type { ProxyRequest } from "./request.ts";

/** More than the head of an answer to `CONNECT` has. */
const longestHead = 65_536;

/**
 * Opens the way that a request asks for, through the proxy of the user's own where there is one, and sends there what it begins with.
 * Rejects with what a user can be told when the place, or that proxy, cannot be reached.
 */
export async function openWay(request: ProxyRequest, environment: Environment): Promise<Socket> {
  const { place, connects, head } = request;
  const upstream = upstreamFor(request, environment);
  const there = await connected(upstream ?? { host: place.host.replace(/^\[|\]$/g, ""), port: place.port });
  if (upstream === undefined) {
    if (!connects) there.write(Buffer.from(head, "latin1"));
  } else if (connects) await askFor(place, there, upstream);
  else there.write(Buffer.from(headFor(request, upstream), "latin1"));
  return there;
}

function connected({ host, port, secure }: Pick<Upstream, "host" | "port"> & Partial<Upstream>): Promise<Socket> {
  const socket = secure === true ? connectSecurely({ host, port, servername: host }) : connect({ host, port });
  return new Promise((resolve, reject) => {
    socket.once("error", reject);
    socket.once(secure === true ? "secureConnect" : "connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}

function authorizationOf({ authorization }: Upstream): string[] {
  return authorization === undefined ? [] : [`Proxy-Authorization: ${authorization}`];
}

/** A proxy is asked with the whole address (RFC 9112, 3.2.2). */
function headFor({ place, head }: ProxyRequest, upstream: Upstream): string {
  const [line = "", ...fields] = head.split("\r\n");
  const authority = place.port === 80 ? place.host : `${place.host}:${place.port}`;
  const whole = line.replace(" /", () => ` http://${authority}/`);
  return [whole, ...authorizationOf(upstream), ...fields].join("\r\n");
}

/** Asks a proxy for a way; it is open when this is fulfilled. */
function askFor({ host, port }: NetworkPlace, there: Socket, upstream: Upstream): Promise<void> {
  const lines = [`CONNECT ${host}:${port} HTTP/1.1`, `Host: ${host}:${port}`, ...authorizationOf(upstream), "", ""];
  there.write(lines.join("\r\n"));
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const settle = (problem: string | undefined) => {
      there.off("data", read).off("error", fail).off("close", fail);
      if (problem === undefined) return resolve();
      there.destroy();
      reject(new FleetError("failed", `the proxy ${upstream.host}:${upstream.port} ${problem}`));
    };
    const fail = () => settle("ended the connection");
    const read = (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const end = received.indexOf("\r\n\r\n");
      if (end < 0) return received.length > longestHead ? settle("does not answer as one") : undefined;
      there.pause();
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(received.toString("latin1"))?.[1];
      settle(status?.startsWith("2") === true ? undefined : `refused it (${status ?? "no answer of HTTP"})`);
      const rest = received.subarray(end + 4);
      if (rest.length > 0 && !there.destroyed) there.unshift(rest);
    };
    there.on("data", read).once("error", fail).once("close", fail);
  });
}
