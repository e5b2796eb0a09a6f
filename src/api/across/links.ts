import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { type HostLink, openLink } from "../../hosts/link.ts";
import { hostOf } from "./hosts.ts";

/** The links that could be opened, and why others could not. */
export interface Links {
  readonly links: readonly HostLink[];
  readonly silent: readonly { readonly host: string; readonly error: FleetError }[];
}

/**
 * Opens a link to each of these hosts, all at the same time, hands them on and closes them afterwards. One that cannot be reached stops no
 * other. Throws FleetError `usage` for a host that is not configured.
 */
export async function withLinks<Value>(
  fleet: Fleet,
  names: readonly string[],
  body: (links: Links) => Promise<Value>,
): Promise<Value> {
  const { cancelled } = fleet;
  const hosts = [...new Set(names)].map((name) => hostOf(fleet, name));
  const opened = await Promise.all(
    hosts.map(async (host) => {
      try {
        return await openLink(host, fleet);
      } catch (error) {
        if (!(error instanceof FleetError) || cancelled.aborted) throw error;
        return { host: host.name, error };
      }
    }),
  );
  const links = opened.filter((each): each is HostLink => "call" in each);
  try {
    return await body({ links, silent: opened.filter((each) => "error" in each) });
  } finally {
    await Promise.all(links.map((link) => link.close()));
  }
}
