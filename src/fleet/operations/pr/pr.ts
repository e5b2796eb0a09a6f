import type { AgentEntry } from "../../../state/entry.ts";
import { type Fleet, gitAt, gitIn } from "../../fleet.ts";
import { looking, workOf } from "../../review/content.ts";
import { savedHead } from "../merge/head.ts";
import { pullByCommand } from "./by-command.ts";
import { pullOnForge } from "./on-forge.ts";
import { routeOf } from "./route.ts";
import type { PullDone, PullOptions, PullWork } from "./work.ts";

/**
 * Pushes the work of an agent and opens a pull request for it, or brings the one that is open up to date. Nothing is published when it
 * throws before the push; a repeated call goes on from there. Throws FleetError `failed`.
 */
export async function openPull(fleet: Fleet, entry: AgentEntry, options: PullOptions): Promise<PullDone> {
  return looking(fleet, entry.repo, async (look) => {
    const seen = await workOf(look, entry);
    const head = await savedHead(fleet, seen, { commit: options.commit, message: undefined, verb: "pr" });
    // The worktree of an agent on another machine is not here, and what was fetched of it is in the repository.
    const place = seen.host === undefined ? gitIn(fleet, entry) : gitAt(fleet, entry.repo);
    const route = await routeOf(fleet, place, entry);
    const work: PullWork = { look, place, entry, head, options, told: seen.told };
    return "located" in route ? pullOnForge(work, route) : pullByCommand(work, route);
  });
}
