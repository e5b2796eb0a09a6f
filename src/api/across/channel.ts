import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { type Ends, openChannel } from "../../hosts/nomad/channel.ts";
import { hostOf } from "./hosts.ts";

/**
 * Runs a command line where a Nomad has lent a machine, between two ends here, and returns its exit code.
 * @throws {FleetError} `usage` for a host that is none or is reached by ssh, `failed` when it is not reached or the link is lost
 */
export async function runOverChannel(fleet: Fleet, name: string, command: string, ends: Ends): Promise<number> {
  const host = hostOf(fleet, name);
  if (host.settings.nomad === undefined) throw new FleetError("usage", `${name} is reached by ssh`);
  const { exitCode, lost } = await openChannel(host, fleet, command, ends);
  if (exitCode !== undefined) return exitCode;
  throw new FleetError("failed", `the link to ${name} was lost: ${lost}`, { code: "host-link-lost" });
}
