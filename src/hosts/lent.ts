import type { Surroundings } from "./connection.ts";
import type { Host } from "./host.ts";
import * as slurm from "./slurm.ts";

/** Whether a host is a machine that a cluster lends, which there is only while somebody has asked for it. */
export function isLent({ settings }: Host): boolean {
  return settings.slurm !== undefined || settings.nomad !== undefined;
}

/**
 * Sees to it that the cluster lends a machine, before agents go there: the one that it lends already, or a new one, which is waited for;
 * whether it is a new one. While it is queued `report` is told. A machine of its own is left alone.
 * @throws {FleetError} `failed` when the cluster does not take the job, when that ends before it has begun, or does not keep its memory
 */
export async function allocate(
  host: Host,
  surroundings: Surroundings,
  report: (text: string) => void,
): Promise<boolean> {
  if (host.settings.nomad === undefined) return slurm.allocate(host, surroundings, report);
  const nomad = await import("./nomad/allocation.ts");
  return nomad.allocate(host, surroundings, report);
}

/** Gives back what was lent by a cluster: its agents end with it. Throws FleetError `failed`. */
export async function release(host: Host, surroundings: Surroundings): Promise<void> {
  if (host.settings.nomad === undefined) return slurm.release(host, surroundings);
  const nomad = await import("./nomad/allocation.ts");
  await nomad.release(host, surroundings);
}
