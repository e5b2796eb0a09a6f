/** What a name of a host is made of; addresses of IPv6 come in brackets. */
const hostName = /^(?:[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?\.?|\[[0-9a-f:.]{2,45}\])$/i;
const usualPorts = [80, 443];

/** A place in the network. */
export interface NetworkPlace {
  readonly host: string;
  readonly port: number;
}

/** A place as `HOST:PORT`; `undefined` for what is none. */
export function networkPlace(text: string, defaultPort?: number): NetworkPlace | undefined {
  const [, host = "", digits] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (!hostName.test(host) || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host: host.toLowerCase().replace(/\.$/, ""), port };
}

/** Whether a text names what may be reached: `HOST`, at the ports of the web, `HOST:PORT`, or `*.HOST` for all below one. */
export function isHostPattern(text: string): boolean {
  return networkPlace(text.replace(/^\*\./, ""), 443) !== undefined;
}

/** Whether one of the patterns names a place. */
export function isAllowedPlace({ host, port }: NetworkPlace, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const isWild = pattern.startsWith("*.");
    const named = networkPlace(isWild ? pattern.slice(2) : pattern, 443);
    if (named === undefined) return false;
    const ports = /:\d{1,5}$/.test(pattern) ? [named.port] : usualPorts;
    return ports.includes(port) && (isWild ? host.endsWith(`.${named.host}`) : host === named.host);
  });
}
