import type { Config } from "../../config/config.ts";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { Environment } from "../../system/environment.ts";
import { environmentOf } from "../../system/processes/proc.ts";
import { currentAncestors } from "../../system/processes/tree.ts";
import type { Fleet } from "../fleet.ts";

/** Whose command this is, where it is an agent's. */
export interface Lineage {
  readonly parent: string;
  /** How many agents stand between the new one and a person: 1 for an agent of an agent. */
  readonly depth: number;
}

/**
 * The lineage of agents that this command makes: by the id that agents have in their environment. `undefined` for a person's command, or
 * one of an agent that is gone.
 */
export function lineageOf({ environment }: Pick<Fleet, "environment">, entries: readonly AgentEntry[]) {
  const parent = entries.find(({ id }) => id === environment.AI_FLEET_ID);
  return parent === undefined ? undefined : ({ parent: parent.id, depth: (parent.depth ?? 0) + 1 } satisfies Lineage);
}

/**
 * The environment of the agent that this process works for, where its own does not say whose it is: what agents start as their tools often
 * gets next to nothing of theirs, and what it starts for them is to have all of it. Theirs where no ancestor is an agent.
 */
export async function environmentOfLeader(environment: Environment): Promise<Environment> {
  if (environment.AI_FLEET_ID !== undefined) return environment;
  for (const pid of await currentAncestors(process.pid)) {
    const known = environmentOf(pid);
    if (known?.has("AI_FLEET_ID") === true) return { ...Object.fromEntries(known), ...environment };
  }
  return environment;
}

/**
 * An agent that starts agents could go on for ever, and so could those. Throws FleetError `failed` where `max_depth` or `max_children` say
 * that it is enough; `entries` are all there are, those that are being started too.
 */
export function requireLineage(
  lineage: Lineage | undefined,
  { max_depth, max_children }: Pick<Config, "max_depth" | "max_children">,
  entries: readonly AgentEntry[],
  more: number,
): void {
  if (lineage === undefined) return;
  if (lineage.depth > max_depth) {
    throw new FleetError("failed", `agents may start agents ${max_depth} deep, and this would be ${lineage.depth}`, {
      code: "too-deep",
      hint: "a person can raise max_depth: fleet config edit",
    });
  }
  const children = entries.filter(({ parent }) => parent === lineage.parent);
  if (children.length + more <= max_children) return;
  throw new FleetError(
    "failed",
    `an agent may have ${max_children} agents of its own; ${children.length} are there, and this would be ${more} more`,
    { code: "too-many-children", hint: "to end those that are done, run fleet kill BRANCH" },
  );
}
