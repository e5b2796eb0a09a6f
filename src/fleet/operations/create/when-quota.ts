import type { Quota } from "../../../agents/usage.ts";
import { agentsBorne, bearsAgainAt, knownQuotas } from "../../cost/quota.ts";
import type { Fleet } from "../../fleet.ts";
import type { LaunchOptions } from "./build.ts";
import { type LaunchResult, launchAgents } from "./launch.ts";
import type { AgentRequest } from "./request.ts";

/** A look at transcripts while there is nothing to do but wait. */
const pauseMilliseconds = 5000;
/** How long agents that were just started may take until they have been told what is left of the quota. */
const firstReplyMilliseconds = 60_000;

/**
 * Makes as many of the agents as the quotas of their accounts bear, waits, and makes the others when they do again. Agents of a CLI that
 * does not write down what it is told of quotas are made at once. Those that still wait when the user cancels are not made.
 */
export async function launchWhenQuota(
  fleet: Fleet,
  requests: readonly AgentRequest[],
  options: LaunchOptions,
): Promise<LaunchResult> {
  const launched: LaunchResult["launched"][number][] = [];
  const failures: LaunchResult["failures"][number][] = [];
  let waiting = [...requests];
  while (waiting.length > 0) {
    const { now, later, full } = borne(fleet, waiting, knownQuotas(fleet), Date.now());
    if (now.length === 0) {
      await untilBorne(fleet, later.length, full);
      if (fleet.cancelled.aborted) break;
      continue;
    }
    const result = await launchAgents(fleet, now, options);
    launched.push(...result.launched);
    failures.push(...result.failures);
    waiting = later;
    if (later.length > 0) await untilTold(fleet, now, Date.now());
    if (fleet.cancelled.aborted) break;
  }
  if (waiting.length > 0)
    fleet.report({ kind: "note", text: `not started: ${waiting.map(({ branch }) => branch).join(", ")}` });
  return { launched, failures };
}

interface Borne {
  readonly now: AgentRequest[];
  readonly later: AgentRequest[];
  /** The CLIs whose quotas bear no agent, and when they do again. */
  readonly full: ReadonlyMap<string, number>;
}

/** Divides requests into those that the quotas bear and the others. */
export function borne(
  { settings }: Pick<Fleet, "settings">,
  requests: readonly AgentRequest[],
  quotas: ReadonlyMap<string, Quota>,
  moment: number,
): Borne {
  const room = new Map([...quotas].map(([agent, quota]) => [agent, agentsBorne(quota, moment)]));
  const now: AgentRequest[] = [];
  const later: AgentRequest[] = [];
  for (const request of requests) {
    const agent = request.agent ?? settings.config.default_agent;
    const left = room.get(agent) ?? Number.POSITIVE_INFINITY;
    (left > 0 ? now : later).push(request);
    room.set(agent, left - 1);
  }
  const full = [...quotas].filter(([, quota]) => agentsBorne(quota, moment) === 0);
  return { now, later, full: new Map(full.map(([agent, quota]) => [agent, bearsAgainAt(quota)])) };
}

async function untilBorne(fleet: Fleet, count: number, full: ReadonlyMap<string, number>): Promise<void> {
  const names = [...full].map(([agent, at]) => `${agent} until ${new Date(at).toLocaleString("sv")}`);
  const who = count === 1 ? "1 agent waits" : `${count} agents wait`;
  fleet.report({ kind: "note", text: `${who} for quota (${names.join(", ")}); Ctrl-C gives up` });
  const end = Math.min(...full.values());
  while (Date.now() < end && !fleet.cancelled.aborted) {
    await pause(fleet, Math.min(pauseMilliseconds, end - Date.now()));
    const quotas = knownQuotas(fleet);
    if ([...full.keys()].some((agent) => isBorne(quotas.get(agent)))) return;
  }
}

function isBorne(quota: Quota | undefined): boolean {
  return quota === undefined || agentsBorne(quota, Date.now()) > 0;
}

/** Waits until the accounts of agents that were just started have been told what is left. */
async function untilTold(fleet: Fleet, started: readonly AgentRequest[], since: number): Promise<void> {
  const agents = [...new Set(started.map(({ agent }) => agent ?? fleet.settings.config.default_agent))];
  while (Date.now() - since < firstReplyMilliseconds && !fleet.cancelled.aborted) {
    const quotas = knownQuotas(fleet);
    if (agents.every((agent) => (quotas.get(agent)?.at ?? Number.POSITIVE_INFINITY) >= since)) return;
    await pause(fleet, pauseMilliseconds);
  }
}

function pause(fleet: Fleet, milliseconds: number): Promise<void> {
  if (fleet.cancelled.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  fleet.cancelled.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
