import { networkInterfaces } from "node:os";
import { Refusal } from "./problem.ts";
import { type Role, roleOfToken, type Secrets } from "./tokens.ts";

/** By which names this server may be called, and what opens it. */
export interface Access {
  /** Where it listens: an address, or nothing at a socket of the file system. */
  readonly hostname: string | undefined;
  readonly port: number;
  /** What stands in front of it for forges, such as `https://fleet.example.com`. */
  readonly publicUrl: URL | undefined;
  /** By which address of a proxy the page is opened. */
  readonly pageUrl: URL | undefined;
  readonly secrets: Secrets;
}

const loopback = ["127.0.0.1", "localhost", "[::1]"];
const anyAddress = ["0.0.0.0", "::", "[::]"];

/**
 * Refuses what was not meant for us: a name that is not ours (a page of another site whose name was pointed here), or a page of another
 * origin. `isHook` says that the request comes from a forge, which calls us by our public name.
 * @throws {Refusal} 421 or 403
 */
export function checkOrigin({ headers }: Request, access: Access, isHook: boolean): void {
  const host = headers.get("host") ?? "";
  const origin = headers.get("origin");
  if (access.hostname === undefined) {
    if (origin !== null) throw foreignOrigin(origin);
    return;
  }
  const scheme = schemeOf(host, access, isHook);
  if (scheme === undefined) {
    throw new Refusal(421, `this server does not go by the name ${JSON.stringify(host.slice(0, 100))}`, {
      code: "foreign-host",
      hint: "to open the page, run fleet open",
    });
  }
  // A proxy may also call us by our own name: then only the origin tells that the page was opened through it.
  if (origin === null || origin === `${scheme}//${host}` || origin === access.pageUrl?.origin) return;
  throw foreignOrigin(origin);
}

function schemeOf(host: string, access: Access, isHook: boolean): string | undefined {
  const { hostname = "", port, publicUrl, pageUrl } = access;
  // A proxy may hand on the name that it was called by; what is then reached is ours to protect, so only webhooks get through.
  if (isHook && host === publicUrl?.host) return publicUrl.protocol;
  if (host === pageUrl?.host) return pageUrl.protocol;
  const names = loopback.includes(bracketed(hostname)) ? loopback : [...loopback, ...namesOf(hostname)];
  return names.some((name) => host === `${name}:${port}` || (port === 80 && host === name)) ? "http:" : undefined;
}

/** Whether others than this machine can reach what listens at an address. */
export function isPublic(hostname: string): boolean {
  return !loopback.includes(bracketed(hostname));
}

/** By which addresses others can call what listens at this one. */
export function publicAddresses(hostname: string): string[] {
  if (!isPublic(hostname)) return [];
  if (!anyAddress.includes(hostname)) return [bracketed(hostname)];
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const heard = hostname === "0.0.0.0" ? ["IPv4"] : ["IPv4", "IPv6"];
  const outward = addresses.filter(
    ({ internal, family, scopeid }) => !internal && heard.includes(family) && (scopeid ?? 0) === 0,
  );
  return outward.map(({ address }) => bracketed(address));
}

/** A page can be called by an address, which nobody can point elsewhere; at all addresses, by those of this machine. */
function namesOf(hostname: string): string[] {
  if (!anyAddress.includes(hostname)) return [bracketed(hostname)];
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.map(({ address }) => bracketed(address));
}

/** An address to call, of a server that listens at this one: every address is also that of this machine itself. */
export function callable(hostname: string): string {
  return anyAddress.includes(hostname) ? "127.0.0.1" : hostname;
}

/** An address as a URL has it. */
export function bracketed(address: string): string {
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}

function foreignOrigin(origin: string): Refusal {
  return new Refusal(403, `pages of ${JSON.stringify(origin.slice(0, 100))} may not call this server`, {
    code: "foreign-origin",
    hint: "to open its own page, run fleet open",
  });
}

/** Who asks. At a socket that only this user can open, nobody needs a token. Throws Refusal 401 for nobody we know. */
export function roleOf(request: Request, access: Access): Role {
  const token = bearer(request.headers) ?? subprotocolToken(request.headers);
  if (token === undefined) {
    if (access.hostname === undefined) return "owner";
    throw unauthorized("this needs a token", "token-missing");
  }
  const role = roleOfToken(access.secrets, token, access.port);
  if (role !== undefined) return role;
  throw unauthorized("this token opens nothing here", "token-wrong");
}

function unauthorized(message: string, code: string): Refusal {
  return new Refusal(401, message, {
    code,
    hint: "send the token of the file that fleet serve names, as Authorization: Bearer TOKEN; to open the page, run fleet open",
    headers: { "WWW-Authenticate": 'Bearer realm="fleet"' },
  });
}

/** Refuses a token in a URL, which stays in histories and logs. */
export function refuseTokenInUrl(parameters: URLSearchParams): void {
  const found = ["token", "access_token", "code", "authorization"].find((name) => parameters.has(name));
  if (found === undefined) return;
  throw new Refusal(400, `a secret in a URL stays in histories and logs: ${found} is not taken from there`, {
    code: "token-in-url",
    hint: "send it as Authorization: Bearer TOKEN, and make a new one: rm the file that fleet serve names, then run fleet serve",
  });
}

function bearer(headers: Headers): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(headers.get("authorization") ?? "")?.[1];
}

/** A browser can send no header with a WebSocket but the names of protocols. */
function subprotocolToken(headers: Headers): string | undefined {
  const names = (headers.get("sec-websocket-protocol") ?? "").split(",").map((name) => name.trim());
  return names.find((name) => name.startsWith("token."))?.slice("token.".length);
}
