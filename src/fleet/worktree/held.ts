import { isContainer, isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import { joinCaps, releaseCaps } from "../capped.ts";
import { containerFiles, removeOwnContainer } from "../contained.ts";
import { environmentInside } from "../environment.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/** A command line and its environment. */
export interface Command {
  readonly argv: readonly string[];
  readonly environment: Environment;
  /** Where it runs, which is seen inside; the worktree unless given. */
  readonly directory?: string;
}

/** Runs a command where an agent does, in its sandbox and under its caps; as it is for one without. */
export async function heldAs<Result>(
  fleet: Fleet,
  entry: AgentEntry,
  { argv, environment, directory = entry.worktree }: Command,
  run: (command: Command) => Promise<Result>,
): Promise<Result> {
  const { sandbox } = entry;
  if (sandbox === undefined) return run({ argv, environment });
  const { wrapperFor } = await import("./inside/wrapper.ts");
  const files = agentFiles(statePlaces(fleet), entry.id);
  const inside = isIsolated(sandbox) ? environmentInside(environment, files.insideHome) : environment;
  const container = containerFiles(files, crypto.randomUUID().slice(0, 8));
  const caps = await joinCaps(entry, files, fleet.environment);
  try {
    const wrapper = wrapperFor(fleet, entry, { environment: inside, directory, container });
    return await run({ argv: [...caps, ...wrapper, ...argv], environment: inside });
  } finally {
    if (isContainer(sandbox)) await removeOwnContainer(fleet, entry, container);
    else await releaseCaps(files, fleet.environment);
  }
}
