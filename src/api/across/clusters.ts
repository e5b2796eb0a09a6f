import type { Fleet } from "../../fleet/fleet.ts";
import { allocate } from "../../hosts/slurm.ts";
import { hostOf } from "./hosts.ts";

/**
 * Sees to it that a job runs on each of these hosts that is a cluster, before agents go there; while one waits in the queue, that is
 * reported. Hosts that are machines of their own are not asked. Throws what `allocate` throws, and FleetError `usage` for an unknown host.
 */
export async function allocateClusters(fleet: Fleet, names: readonly string[]): Promise<void> {
  const clusters = names.map((name) => hostOf(fleet, name)).filter(({ settings }) => settings.slurm !== undefined);
  await Promise.all(clusters.map((host) => allocate(host, fleet, (text) => fleet.report({ kind: "note", text }))));
}
