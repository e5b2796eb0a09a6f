import { type GitPlace, git } from "./command.ts";

/** Where a remote is: the host as its web address has it, and the path without `.git`. */
export interface RemoteAddress {
  readonly name: string;
  /** With its port for HTTP alone: that of ssh is not that of the web. */
  readonly host: string;
  /** `acme/web` */
  readonly path: string;
}

/** The remotes that have an address on a host, `origin` first; their addresses as git rewrites them (`insteadOf`). Asks no network. */
export async function remoteAddresses(place: GitPlace): Promise<RemoteAddress[]> {
  const text = await git(place, ["remote", "--verbose"]);
  const rows = text.split("\n").flatMap((row) => {
    const [, name, address] = /^([^\t]+)\t(\S+) \(fetch\)/.exec(row) ?? [];
    const parsed = address === undefined ? undefined : parseRemote(address);
    return name === undefined || parsed === undefined ? [] : [{ name, ...parsed }];
  });
  return rows.sort((one, other) => Number(other.name === "origin") - Number(one.name === "origin"));
}

/** Host and path of `https://host/path.git`, `ssh://git@host/path` or `git@host:path`; nothing of a local path. */
export function parseRemote(address: string): Omit<RemoteAddress, "name"> | undefined {
  const [, shortHost, shortPath] = /^(?:[^@/\s]+@)?([A-Za-z0-9.-]{2,}):(?!\/\/)(.+)$/.exec(address) ?? [];
  const url = shortHost === undefined ? URL.parse(address) : undefined;
  const isHttp = url !== undefined && /^https?:$/.test(url?.protocol ?? "");
  const isSsh = url !== undefined && /^(?:ssh|git|git\+ssh):$/.test(url?.protocol ?? "");
  const host = shortHost ?? (isHttp ? url?.host : undefined) ?? (isSsh ? url?.hostname : undefined) ?? "";
  const path = (shortPath ?? url?.pathname ?? "").replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return host === "" || path === "" ? undefined : { host: host.toLowerCase(), path };
}
