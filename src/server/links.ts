import { oneTimeCode, type Role, type Secrets } from "./tokens.ts";

/** A link that opens the page of a server once, within ten minutes: with an agent in front, or as the page was left. */
export function pageLink(url: string, secrets: Secrets, role: Role, agent?: string): string {
  const { port, protocol } = new URL(url);
  const code = oneTimeCode(secrets, role, port === "" ? (defaultPorts[protocol] ?? 0) : Number(port));
  // In the fragment, which a browser sends to nobody.
  return `${url}/#code=${code}${agent === undefined ? "" : `&agent=${encodeURIComponent(agent)}`}`;
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80 };
