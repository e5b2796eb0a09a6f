import { currentRepository, type Fleet, statePlaces } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import { readRegistry } from "../state/registry.ts";
import type { Application } from "./application.ts";
import type { CommandResult } from "./definition.ts";
import { launchMany } from "./launch.ts";
import { waitForReplies } from "./reply.ts";
import type { Waiting } from "./waiting.ts";

/** Starts agents, waits for all and prints what they replied. The exit code is that of `fleet wait`, and 1 when one could not be started. */
export async function launchAndWait(
  application: Application,
  fleet: Fleet,
  requests: readonly AgentRequest[],
  waiting: Waiting,
): Promise<CommandResult> {
  // The answer is what they reply, not their names.
  const launched = await launchMany({ ...application, json: false, answer: () => undefined }, fleet, requests);
  const names = new Set(requests.map(({ branch }) => branch));
  const { root } = await currentRepository(fleet);
  const entries = readRegistry(statePlaces(fleet)).filter(({ branch, repo }) => repo === root && names.has(branch));
  if (entries.length === 0) return launched;
  const code = await waitForReplies(application, fleet, entries, waiting);
  return code === 0 ? launched : code;
}
