import type { AgentAdapter } from "../../agents/adapter.ts";
import { findAgent, knownAgents } from "../../agents/catalog.ts";
import type { Config } from "../../config/config.ts";
import { nearest } from "../../config/nearest.ts";
import { FleetError } from "../../errors.ts";
import { findProgram } from "../../system/exec.ts";
import type { Fleet } from "../fleet.ts";

/** The agent with this name. Throws FleetError `usage` naming those that are known. */
export function requireAdapter(name: string, config: Config): AgentAdapter {
  const adapter = findAgent(name, config.agents);
  if (adapter !== undefined) return adapter;
  const names = knownAgents(config.agents).map((agent) => agent.name);
  const meant = nearest(name, names);
  const question = meant === undefined ? `; known are ${names.join(", ")}` : `; did you mean ${meant}?`;
  throw new FleetError("usage", `there is no agent called ${name}${question}`, {
    hint: "to describe another one in a table [agents.NAME], run fleet config edit",
  });
}

/** The path of an agent's program; `undefined` for one of our own. Throws FleetError `missing-tool` naming those that are installed. */
export function requireProgram(adapter: AgentAdapter, fleet: Fleet, config: Config): string | undefined {
  if (adapter.executable === undefined) return undefined;
  const program = findProgram(adapter.executable, fleet.environment);
  if (program !== undefined) return program;
  const installed = installedAgents(fleet, config).map(({ name }) => name);
  throw new FleetError(
    "missing-tool",
    `${adapter.name} is not installed: there is no ${adapter.executable} on the PATH`,
    {
      hint: `to get it: ${adapter.installation}; to use one that is here, add --agent ${installed.join(" or --agent ")}`,
    },
  );
}

/** The agents that could be started here. */
function installedAgents(fleet: Fleet, config: Config): AgentAdapter[] {
  return knownAgents(config.agents).filter(
    ({ executable }) => executable === undefined || findProgram(executable, fleet.environment) !== undefined,
  );
}
