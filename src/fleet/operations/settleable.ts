import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { readRegistry } from "../../state/registry.ts";
import { exists, isRealDirectory } from "../../system/files.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";

/**
 * Throws FleetError `failed` when the repository of an agent cannot be read. What is away now may be back later: that there is nothing to
 * settle is not known then.
 */
export async function requireReadable(fleet: Fleet, { repo }: AgentEntry): Promise<void> {
  const repository = isRealDirectory(repo) ? await discoverRepository(gitAt(fleet, repo)) : undefined;
  if (repository !== undefined) return;
  const why = exists(repo) ? `git does not see a repository in ${repo}` : `${repo} is not there`;
  throw new FleetError("failed", why);
}

/** The agent as the registry has it, if it does. */
export function registered(fleet: Fleet, { id }: AgentEntry): AgentEntry | undefined {
  return readRegistry(statePlaces(fleet)).find((entry) => entry.id === id);
}
