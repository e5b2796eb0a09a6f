import type { View } from "./sandbox.ts";

/** Nothing else of the agent's can have it: it has a network of its own. */
const relayPort = 3128;

/**
 * The words before all others, outside: they start the proxy and become the sandbox, with which it ends. Both helpers close their output
 * as soon as they listen, which is what the shell waits for.
 */
export function outletWords({ outlet, program }: View): readonly string[] {
  if (outlet === undefined) return [];
  const { directory, socket, refused, allow } = outlet;
  return ["/bin/sh", "-c", proxying, "fleet-outlet", program, directory, socket, refused, allow.join(",")];
}

const proxying = [
  ': "$("$1" __outlet --place "$2" --socket "$3" --refused "$4" --allow "$5" --sandbox $$ </dev/null 2>/dev/null &)";',
  'shift 5; exec "$@"',
].join(" ");

/** The words after all others, inside: the relay, and what tells programs of it. */
export function relayWords({ outlet, program }: View): readonly string[] {
  if (outlet === undefined) return [];
  return ["/bin/sh", "-c", relaying, "fleet-relay", program, outlet.directory, outlet.socket];
}

const address = `http://127.0.0.1:${relayPort}`;
const variables = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"].map((name) => `${name}=${address}`),
  ...["NO_PROXY", "no_proxy"].map((name) => `${name}=localhost,127.0.0.1,::1`),
  "NODE_USE_ENV_PROXY=1",
].join(" ");

const relaying = [
  `: "$("$1" __relay --place "$2" --socket "$3" --port ${relayPort} </dev/null 2>/dev/null &)";`,
  "shift 3;",
  `exec /usr/bin/env ${variables} "$@"`,
].join(" ");
