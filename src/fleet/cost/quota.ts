import type { Quota } from "../../agents/usage.ts";
import type { Fleet } from "../fleet.ts";
import { agentCosts, everyAgent, quotas } from "./report.ts";

/** Nobody can say what an agent will use: it is reckoned with a tenth of a window, of which the last tenth is left alone. */
const shareOfAgent = 10;
const leftAlone = 10;

/** How many agents a quota bears now; no window that is over counts. */
export function agentsBorne({ windows }: Quota, now: number): number {
  const used = windows.filter(({ resetsAt }) => resetsAt > now).map(({ usedPercent }) => usedPercent);
  return Math.max(0, Math.ceil((100 - leftAlone - Math.max(0, ...used)) / shareOfAgent));
}

/** When a quota that bears no agent does again: as soon as the windows are over that are used. */
export function bearsAgainAt({ windows }: Quota): number {
  const full = windows.filter(({ usedPercent }) => usedPercent >= 100 - leftAlone);
  return Math.max(0, ...full.map(({ resetsAt }) => resetsAt));
}

/** What the accounts of agents were told last, by agent CLI. Only those are in it whose CLI writes it down. */
export function knownQuotas(fleet: Fleet): ReadonlyMap<string, Quota> {
  return new Map(quotas(agentCosts(fleet, everyAgent(fleet))).map(({ agent, quota }) => [agent, quota]));
}
