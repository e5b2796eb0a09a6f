/** A repository on a host, as the address of a remote names it. */
export interface Location {
  /** With its port, where HTTP is spoken on another one than usual. */
  readonly host: string;
  /** `acme/shop` */
  readonly path: string;
}

/** Where ssh is spoken on the port of HTTPS, for those behind a firewall. */
const aliases: Readonly<Record<string, string>> = { "ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com" };

/**
 * What the address of a remote names, in all the forms that git-clone(1) has for one on another machine; `undefined` for a path. A login
 * in it is left out.
 */
export function locationOf(address: string): Location | undefined {
  const url = /^(?:https?|ssh|git|git\+ssh):\/\//.test(address) ? URL.parse(address) : undefined;
  if (url !== undefined && url !== null) {
    const isWeb = url.protocol === "http:" || url.protocol === "https:";
    return located(isWeb ? url.host : url.hostname, decodeURIComponent(url.pathname));
  }
  const [, host, path] = /^(?:[^/@:]+@)?([^/@:]+):(?!\/\/)(.+)$/.exec(address) ?? [];
  return host === undefined || path === undefined ? undefined : located(host, path);
}

function located(host: string, pathname: string): Location | undefined {
  const path = pathname.replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  const name = host.toLowerCase();
  const parts = path.split("/");
  // What forges allow in names, and no way up to something else that the host has.
  const isName = (part: string) => /^[\w.-]+$/.test(part) && !/^\.+$/.test(part);
  return host === "" || parts.length < 2 || !parts.every(isName) ? undefined : { host: aliases[name] ?? name, path };
}
