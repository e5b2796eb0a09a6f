import { FleetError } from "../errors.ts";
import { type Fleet, statePlaces } from "../fleet/fleet.ts";
import { readAway } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { hasHosts } from "./has-hosts.ts";

/**
 * Throws FleetError `failed` (`not-fetched`) when an agent is on another machine and its work was not fetched since a moment: there may be
 * more than is known here. `otherwise` is what the user can do all the same, in words that follow `to see why, run ...`.
 */
export function requireFetched(fleet: Fleet, { id, branch }: AgentEntry, since: Date, otherwise = ""): void {
  if (!hasHosts(fleet)) return;
  const away = readAway(statePlaces(fleet), id);
  if (away === undefined || (away.work !== undefined && Date.parse(away.work.fetched_at) >= since.getTime())) return;
  throw new FleetError("failed", `what ${branch} has now could not be fetched from ${away.host}; nothing was changed`, {
    code: "not-fetched",
    hint: `to see why, run fleet hosts check ${away.host}${otherwise}`,
  });
}
