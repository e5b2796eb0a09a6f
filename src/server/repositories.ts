import { basename } from "node:path";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { readRegistry } from "../state/registry.ts";

/** The repositories that have agents, and the one the server was started in, which comes first: where an agent can be started from a page. */
export async function knownRepositories(fleet: Fleet): Promise<{ readonly root: string; readonly name: string }[]> {
  const here = await currentRepositoryRoot({ ...fleet, report: () => undefined });
  const roots = new Set([...(here === undefined ? [] : [here]), ...rootsOfAgents(fleet)]);
  return [...roots].map((root) => ({ root, name: basename(root) }));
}

/** The repositories that have agents. */
export function rootsOfAgents(fleet: Fleet): string[] {
  return [...new Set(readRegistry(statePlaces(fleet)).map(({ repo }) => repo))];
}
