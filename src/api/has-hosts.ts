import { dirname, join } from "node:path";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { exists } from "../system/files.ts";

/** Where hosts are kept that `fleet hosts add` was told of. */
export function addedHostsFile(fleet: Pick<Fleet, "settings">): string {
  return join(dirname(statePlaces(fleet).trustRoot), "hosts.json");
}

/** Whether there may be hosts at all: nothing that speaks with them is loaded before. */
export function hasHosts(fleet: Pick<Fleet, "settings">): boolean {
  return Object.keys(fleet.settings.config.hosts).length > 0 || exists(addedHostsFile(fleet));
}
