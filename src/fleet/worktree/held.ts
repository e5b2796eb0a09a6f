import { isIsolated } from "../../model/sandbox.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import type { Environment } from "../../system/environment.ts";
import { environmentInside } from "../environment.ts";
import { type Fleet, statePlaces } from "../fleet.ts";

/** A command line and its environment. */
export interface Command {
  readonly argv: readonly string[];
  readonly environment: Environment;
}

/** A command as it runs where an agent does: in its sandbox, or as it is for one without. */
export async function heldAs(
  fleet: Fleet,
  entry: AgentEntry,
  argv: readonly string[],
  environment: Environment,
): Promise<Command> {
  const { sandbox } = entry;
  if (sandbox === undefined || sandbox.kind === "none") return { argv, environment };
  const { wrapperFor } = await import("./inside/enclosure.ts");
  const { insideHome } = agentFiles(statePlaces(fleet), entry.id);
  return {
    argv: [...wrapperFor(fleet, entry, undefined), ...argv],
    environment: isIsolated(sandbox) ? environmentInside(environment, insideHome) : environment,
  };
}
