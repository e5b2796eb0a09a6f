import type { Fleet } from "../../fleet/fleet.ts";
import { type Host, hostNamed } from "../../hosts/host.ts";
import { type HostPlaces, knownHosts } from "../../hosts/known.ts";
import type { HostLink } from "../../hosts/link.ts";
import { addedHostsFile } from "../has-hosts.ts";
import { borrowLink } from "./shared-links.ts";

/** Where the hosts of a fleet are kept. */
export function hostPlaces(fleet: Pick<Fleet, "settings" | "environment">): HostPlaces {
  return {
    file: addedHostsFile(fleet),
    configured: fleet.settings.config.hosts,
    environment: fleet.environment,
  };
}

/** The hosts of a fleet, in the order of their names. Throws FleetError `config` when they cannot be read. */
export function hostsOf(fleet: Pick<Fleet, "settings" | "environment">): Host[] {
  return Object.entries(knownHosts(hostPlaces(fleet)))
    .map(([name, settings]) => ({ name, settings }))
    .sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
}

/** The host of a fleet with this name. Throws FleetError `usage` when there is none. */
export function hostOf(fleet: Pick<Fleet, "settings" | "environment">, name: string): Host {
  return hostNamed(knownHosts(hostPlaces(fleet)), name);
}

/** Does something over a link to a host, which is closed then unless it is shared. Throws what `openLink` throws, and what the task does. */
export async function withLink<Value>(
  fleet: Fleet,
  host: Host,
  task: (link: HostLink) => Promise<Value>,
): Promise<Value> {
  const { link, giveBack } = await borrowLink(fleet, host);
  try {
    return await task(link);
  } finally {
    await giveBack();
  }
}
