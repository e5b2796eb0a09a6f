import type { FirstCommand, OpenedConnection, Surroundings } from "./connection.ts";
import type { Host } from "./host.ts";
import { connectBySsh } from "./ssh.ts";

/**
 * Connects to a host in the way that its settings say, and runs `first` there.
 * @throws {FleetError} `failed` when the host is not reached within `answerMilliseconds`, with the reason as its code
 */
export async function connect(host: Host, surroundings: Surroundings, first: FirstCommand): Promise<OpenedConnection> {
  if (host.settings.nomad === undefined) return connectBySsh(host, surroundings, first);
  const { connectByNomad } = await import("./nomad/connection.ts");
  return connectByNomad(host, surroundings, first);
}
