import type { Fleet } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import type { launchTickets } from "../fleet/tickets/launch.ts";
import type { Application } from "./application.ts";
import type { CommandResult } from "./definition.ts";
import { launchMany, previewLaunch } from "./launch.ts";
import { launchAndWait } from "./launch-and-wait.ts";
import type { Waiting } from "./waiting.ts";

interface LaunchOptions {
  readonly host?: string | undefined;
  readonly "dry-run"?: boolean | undefined;
  readonly detach?: boolean | undefined;
  readonly quick?: boolean | undefined;
  /** Nobody waits when it is absent. */
  readonly waiting?: Waiting | undefined;
  /** What starts them here, all at once unless given. */
  readonly launch?: typeof launchTickets | undefined;
}

/**
 * Makes many agents in the way that the options ask for: on other machines, only shown, with a wait for their replies, or neither.
 * `requestsFor` is told which names are taken on the machines, where there are any.
 */
export async function launchAsAsked(
  application: Application,
  fleet: Fleet,
  requestsFor: (taken?: readonly string[]) => Promise<readonly AgentRequest[]>,
  { host, waiting, launch, ...options }: LaunchOptions,
): Promise<CommandResult> {
  if (host !== undefined) {
    const { launchAway } = await import("./launch-away.ts");
    return launchAway(application, fleet, { ...options, host, requestsFor, waiting });
  }
  const requests = await requestsFor();
  if (options["dry-run"] === true) return previewLaunch(application, fleet, requests);
  if (waiting !== undefined) return launchAndWait(application, fleet, requests, waiting);
  return launchMany(application, fleet, requests, { detach: options.detach, launch });
}
