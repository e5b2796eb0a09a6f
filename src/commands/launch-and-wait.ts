import { FleetError } from "../errors.ts";
import { currentRepository, type Fleet, statePlaces } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/drafts.ts";
import { waitForAgents } from "../fleet/watch/wait.ts";
import { readRegistry } from "../state/registry.ts";
import type { Application } from "./application.ts";
import { budgetGuard } from "./budget-guard.ts";
import type { CommandResult } from "./definition.ts";
import { durationOption } from "./durations.ts";
import { launchMany } from "./launch.ts";
import { reportReplies } from "./reply.ts";

/** For commands that start many agents and may wait for all of them. */
export const waitAllOptions = {
  wait: { type: "boolean", description: "wait until all are done and print their replies" },
  timeout: { type: "string", valueHint: "TIME", description: "with --wait: give up after 90s, 10m ...: exit code 124" },
} as const;

interface WaitValues {
  readonly wait?: boolean | undefined;
  readonly timeout?: string | undefined;
  readonly detach?: boolean | undefined;
}

/** How long is to be waited; `undefined` without `--wait`. Throws FleetError `usage` for what cannot mean anything. */
export function waitAll({
  wait,
  timeout,
  detach,
}: WaitValues): { readonly milliseconds: number | undefined } | undefined {
  if (wait !== true) {
    if (timeout === undefined) return undefined;
    throw new FleetError("usage", "--timeout goes with --wait", { hint: "add --wait" });
  }
  if (detach === true)
    throw new FleetError("usage", "--wait and --detach exclude each other", { hint: "leave one out" });
  return { milliseconds: timeout === undefined ? undefined : durationOption("--timeout", timeout) * 1000 };
}

/** Starts agents, waits for all and prints what they replied. The exit code is that of `fleet wait`, and 1 when one could not be started. */
export async function launchAndWait(
  application: Application,
  fleet: Fleet,
  requests: readonly AgentRequest[],
  { milliseconds }: { readonly milliseconds: number | undefined },
): Promise<CommandResult> {
  // The answer is what they reply, not their names.
  const launched = await launchMany({ ...application, json: false, answer: () => undefined }, fleet, requests, false);
  const names = new Set(requests.map(({ branch }) => branch));
  const { root } = await currentRepository(fleet);
  const entries = readRegistry(statePlaces(fleet)).filter(({ branch, repo }) => repo === root && names.has(branch));
  if (entries.length === 0) return launched;
  const onLook = budgetGuard(application, fleet, entries);
  const result = await waitForAgents(fleet, entries, {
    any: false,
    timeoutMilliseconds: milliseconds,
    onChange: () => undefined,
    ...(onLook === undefined ? {} : { onLook }),
  });
  const code = reportReplies(application, fleet, entries, result);
  return code === 0 ? launched : code;
}
