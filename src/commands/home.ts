import { existsSync } from "node:fs";
import { loadConfig } from "../config/load.ts";
import { configFile } from "../config/paths.ts";
import { FleetError } from "../errors.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { awayAgents } from "../state/away.ts";
import { readRegistry } from "../state/registry.ts";
import type { Environment } from "../system/environment.ts";
import { isTerminal } from "../system/terminal.ts";

/** Whether there is a terminal on which a whole screen can be drawn, and somebody who types there. */
export function canShowScreen({ TERM = "" }: Environment): boolean {
  return isTerminal(0) && isTerminal(1) && TERM !== "" && TERM !== "dumb";
}

/**
 * The command that `fleet` alone stands for: on a terminal, when there are agents, the screen with those of this repository, or with all
 * where it has none. `undefined` where there is nothing to see, and where fleet was never used or cannot read what it knows.
 */
export async function homeCommand(environment: Environment): Promise<readonly string[] | undefined> {
  if (!canShowScreen(environment) || !existsSync(configFile(environment))) return undefined;
  try {
    const settings = await loadConfig(environment, { looks: true });
    const fleet: Fleet = {
      settings,
      environment,
      program: process.execPath,
      directory: process.cwd(),
      cancelled: new AbortController().signal,
      report: () => undefined,
    };
    const places = statePlaces(fleet);
    const agents = [...readRegistry(places), ...awayAgents(places).map(({ entry }) => entry)];
    if (agents.length === 0) return undefined;
    const root = await currentRepositoryRoot(fleet);
    return ["--watch", ...(agents.some(({ repo }) => repo === root) ? [] : ["--all-repos"])];
  } catch (error) {
    if (error instanceof FleetError) return undefined;
    throw error;
  }
}
