import type { Fleet } from "../../fleet/fleet.ts";
import type { Host } from "../../hosts/host.ts";
import { allocate, isLent } from "../../hosts/lent.ts";
import { hostOf } from "./hosts.ts";
import { provide } from "./manage.ts";

/**
 * Sees to it that each of these hosts that is a cluster lends a machine, before agents go there; while one is queued, that is reported.
 * Hosts that are machines of their own are not asked. Throws what `allocate` and `provide` throw, and FleetError `usage` for an unknown host.
 */
export async function allocateClusters(fleet: Fleet, names: readonly string[]): Promise<void> {
  const clusters = names.map((name) => hostOf(fleet, name)).filter(isLent);
  await Promise.all(clusters.map((host) => lend(fleet, host)));
}

/** Whether one of these hosts is lent by a cluster. Throws FleetError `usage` for an unknown host. */
export function areLent(fleet: Fleet, names: readonly string[]): boolean {
  return names.some((name) => isLent(hostOf(fleet, name)));
}

/** The home of a new allocation is empty, unless it is on a volume: then the fleet there stays. */
async function lend(fleet: Fleet, host: Host): Promise<void> {
  const isNew = await allocate(host, fleet, (text) => fleet.report({ kind: "note", text }));
  if (isNew && host.settings.nomad !== undefined) await provide(fleet, host);
}
