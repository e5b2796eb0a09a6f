import { type NetworkPlace, networkPlace } from "../../model/network.ts";

/** What a program asks of a proxy: a way to a place, with what is to be sent there first. */
export interface ProxyRequest {
  readonly place: NetworkPlace;
  /** `CONNECT` is answered before anything passes, any other request is passed on. */
  readonly connects: boolean;
  readonly head: string;
}

/**
 * Reads the head of a request (RFC 9112): `CONNECT HOST:PORT`, or a method with a whole `http://` address, which is passed on with the
 * path alone and for one request only. `undefined` for anything else.
 */
export function proxyRequest(head: string): ProxyRequest | undefined {
  const [line = "", ...fields] = head.split("\r\n");
  const [, method = "", target = "", version = ""] = /^([A-Z]{1,20}) (\S{1,8000}) (HTTP\/1\.[01])$/.exec(line) ?? [];
  if (method === "CONNECT") {
    const place = networkPlace(target);
    return place === undefined ? undefined : { place, connects: true, head: "" };
  }
  const [, authority = "", path = ""] = /^http:\/\/([^/?#]+)([^#]*)/i.exec(target) ?? [];
  const place = networkPlace(authority, 80);
  if (place === undefined) return undefined;
  const kept = fields.filter((field) => !/^(?:connection|proxy-[a-z]+|keep-alive):/i.test(field) && field !== "");
  const lines = [`${method} ${path.startsWith("/") ? path : `/${path}`} ${version}`, ...kept, "Connection: close"];
  return { place, connects: false, head: `${lines.join("\r\n")}\r\n\r\n` };
}
