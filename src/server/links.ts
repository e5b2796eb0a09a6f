import { oneTimeCode, type Role, type Secrets } from "./tokens.ts";

interface LinkOptions {
  /** The id of an agent that is shown first. */
  readonly agent?: string | undefined;
  /** The address of a proxy through which the page is opened; empty for none. */
  readonly through?: string;
}

/** A link that opens the page of a server once, within ten minutes: with an agent in front, or as the page was left. */
export function pageLink(url: string, secrets: Secrets, role: Role, { agent, through = "" }: LinkOptions = {}): string {
  const { port, protocol } = new URL(url);
  const code = oneTimeCode(secrets, role, port === "" ? (defaultPorts[protocol] ?? 0) : Number(port));
  const address = through === "" ? url : new URL(through).origin;
  // In the fragment, which a browser sends to nobody.
  return `${address}/#code=${code}${agent === undefined ? "" : `&agent=${encodeURIComponent(agent)}`}`;
}

const defaultPorts: Readonly<Record<string, number>> = { "http:": 80 };
