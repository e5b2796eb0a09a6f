import { fanoutNames } from "../fleet/choose/fanout.ts";
import { mixedAgents } from "../fleet/choose/mixed-agents.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { launchAgents } from "../fleet/operations/create/launch.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import type { CreateAnswer } from "../model/wire/create.ts";
import type { FanoutInput } from "../model/wire/fanout.ts";
import { createAnswer, requireBudget } from "./create.ts";

/**
 * Gives many agents the same prompt, on other machines if any is named, and waits until they run; nobody is asked, so settings of a
 * repository that are not accepted are refused. Throws FleetError before anything is touched when the names are taken or one of the agents
 * cannot work.
 */
export async function fanout(fleet: Fleet, input: FanoutInput): Promise<CreateAnswer> {
  const { host, detach, ...others } = input;
  const family = { ...others, budget: requireBudget(input.budget) };
  if (host !== undefined) {
    const { startOnHosts } = await import("./across/start.ts");
    return startOnHosts(fleet, host, (taken) => fanoutRequests(fleet, family, taken), { detach });
  }
  return createAnswer(await launchAgents(fleet, await fanoutRequests(fleet, family), { detach }));
}

/**
 * The agents of a fan-out; `elsewhere` are names that are taken on other machines. Throws FleetError when their names are taken, or do not
 * say how many are of which kind.
 */
export async function fanoutRequests(
  fleet: Fleet,
  input: Omit<FanoutInput, "detach" | "host">,
  elsewhere: readonly string[] = [],
): Promise<AgentRequest[]> {
  const { count, prefix, prompt, from, quick, raw, budget, sandbox } = input;
  const agents = mixedAgents(input.agents, count);
  const { batch, branches } = await fanoutNames(fleet, { count, prefix, goOn: input.continue, elsewhere });
  return branches.map((branch, index) => ({
    branch,
    prompt,
    from,
    quick,
    raw,
    budget,
    sandbox,
    agent: agents[index],
    mustBeNew: true,
    batch: input.batch ?? batch,
  }));
}
