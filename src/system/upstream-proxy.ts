import { BlockList, isIP } from "node:net";
import { FleetError } from "../errors.ts";
import type { NetworkPlace } from "../model/network.ts";
import type { Environment } from "./environment.ts";

/** A proxy of the user's own, behind which the network is. */
export interface Upstream {
  readonly host: string;
  readonly port: number;
  /** Whether it is itself spoken to by TLS. */
  readonly secure: boolean;
  /** What it is to be told of who asks, as a field `Proxy-Authorization` has it. */
  readonly authorization: string | undefined;
}

/**
 * The proxy through which a place is reached, by the variables that other programs go by: `HTTPS_PROXY` for a way that is asked for with
 * `CONNECT`, `HTTP_PROXY` for a request, `ALL_PROXY` for both, and `NO_PROXY`, each in small letters first. `undefined` where there is
 * none. Throws FleetError `usage` for a proxy of another kind than http and https: SOCKS is spoken neither by Bun nor by a package that we
 * ship, and those who have such a proxy nearly always have one of http beside it.
 */
export function upstreamFor(
  { place, connects }: { readonly place: NetworkPlace; readonly connects: boolean },
  environment: Environment,
): Upstream | undefined {
  const names = [connects ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"].flatMap((name) => [name.toLowerCase(), name]);
  const name = names.find((each) => (environment[each] ?? "") !== "");
  if (name === undefined || isExcepted(place, environment.no_proxy || environment.NO_PROXY || "")) return undefined;
  const text = environment[name] ?? "";
  const address = URL.parse(text.includes("://") ? text : `http://${text}`);
  const secure = address?.protocol === "https:";
  if (address === null || (!secure && address.protocol !== "http:")) {
    throw new FleetError(
      "usage",
      `${name} names no proxy of http or https, the only ones that network = "proxy" goes through`,
      {
        hint: "to go through one of http, put HTTPS_PROXY=http://HOST:PORT before the command; to leave it all of the network, add --network full",
      },
    );
  }
  const { hostname, port, username, password } = address;
  const who = [username, password].map(decodeURIComponent).join(":");
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (secure ? 443 : 80),
    secure,
    authorization: username === "" ? undefined : `Basic ${Buffer.from(who).toString("base64")}`,
  };
}

/** Names stand for all below them, too, and addresses may be those of a whole network. */
function isExcepted({ host, port }: NetworkPlace, exceptions: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "");
  return exceptions.split(/[\s,]+/).some((exception) => {
    if (exception === "") return false;
    if (exception === "*") return true;
    const [network = "", bits] = exception.split("/");
    if (bits !== undefined || isIP(network) !== 0) return isInNetwork(bare, network, bits);
    const [, name = "", only] = /^(?:\*?\.)?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? [];
    return (only === undefined || Number(only) === port) && (host === name || host.endsWith(`.${name}`));
  });
}

function isInNetwork(address: string, network: string, bits: string | undefined): boolean {
  const version = isIP(network);
  if (version === 0 || isIP(address) !== version) return false;
  const longest = version === 4 ? 32 : 128;
  const length = bits === undefined ? longest : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > longest) return false;
  const family = version === 4 ? "ipv4" : "ipv6";
  const list = new BlockList();
  list.addSubnet(network, length, family);
  return list.check(address, family);
}
