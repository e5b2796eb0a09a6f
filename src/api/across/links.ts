import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import type { HostLink } from "../../hosts/link.ts";
import { hostOf } from "./hosts.ts";
import { type Borrowed, borrowLink } from "./shared-links.ts";

/** The links that could be opened, and why others could not. */
export interface Links {
  readonly links: readonly HostLink[];
  readonly silent: readonly { readonly host: string; readonly error: FleetError }[];
}

/**
 * Opens a link to each of these hosts, all at the same time, hands them on and closes those that are not shared afterwards. One that cannot
 * be reached stops no other. Throws FleetError `usage` for a host that is not configured.
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
        return await borrowLink(fleet, host);
      } catch (error) {
        if (!(error instanceof FleetError) || cancelled.aborted) throw error;
        return { host: host.name, error };
      }
    }),
  );
  const borrowed = opened.filter((each): each is Borrowed => "link" in each);
  const links = borrowed.map(({ link }) => link);
  try {
    return await body({ links, silent: opened.filter((each) => "error" in each) });
  } finally {
    await Promise.all(borrowed.map(({ giveBack }) => giveBack()));
  }
}
