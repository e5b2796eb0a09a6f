import { hasHosts } from "../api/has-hosts.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";

/**
 * The names of the other machines that agents can be started on. None while they cannot be read: why is told to those who follow the agents,
 * and the rest of a page works.
 */
export async function namesOfHosts(fleet: Fleet): Promise<string[]> {
  if (!hasHosts(fleet)) return [];
  const { hostsOf } = await import("../api/across/hosts.ts");
  try {
    return hostsOf(fleet).map(({ name }) => name);
  } catch (error) {
    if (error instanceof FleetError) return [];
    throw error;
  }
}
