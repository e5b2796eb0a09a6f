import { chooseAgents, type Reach } from "../api/targets.ts";
import type { Selection } from "../fleet/choose/selection.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import type { Application } from "./application.ts";
import type { CommandArguments, Invocation } from "./definition.ts";

/** The options that choose agents, shared by all commands that take several. */
export const targetOptions = {
  batch: { type: "string", valueHint: "ID", description: "the agents of this batch" },
  all: { type: "boolean", description: "all agents of this repository" },
  "all-repos": { type: "boolean", alias: "A", description: "globs, batches and --all reach all repositories" },
  except: {
    type: "string",
    valueHint: "PATTERN",
    repeatable: true,
    completes: "targets",
    description: "but not those that match",
  },
} as const satisfies CommandArguments;

/** The operand that names agents. */
export const branchesOperand = {
  type: "positional",
  required: false,
  variadic: true,
  valueHint: "BRANCH",
  completes: "targets",
  description: "names, globs or batches of agents",
} as const;

/** The operand that names one agent. */
export const branchOperand = {
  type: "positional",
  valueHint: "BRANCH",
  completes: "targets",
  description: "the agent, by its branch",
} as const;

/** The values of `targetOptions`, as parsed. */
interface TargetValues {
  readonly batch?: string | undefined;
  readonly all?: boolean | undefined;
  readonly "all-repos"?: boolean | undefined;
}

/** What operands and `targetOptions` say, as the input of an operation. */
export function targetsInput(
  args: TargetValues,
  { operands, repeated }: Pick<Invocation, "operands" | "repeated">,
): TargetsInput {
  return {
    targets: [...operands],
    batch: args.batch,
    all: args.all === true,
    all_repositories: args["all-repos"] === true,
    except: [...(repeated.except ?? [])],
  };
}

/** The agents that operands and `targetOptions` name; a person is told when those are none. Throws FleetError when a word means none. */
export async function chosenAgents(
  fleet: Fleet,
  args: TargetValues,
  invocation: Pick<Invocation, "application" | "operands" | "repeated">,
  reach: Reach,
): Promise<Selection> {
  const input = targetsInput(args, invocation);
  const selection = await chooseAgents(fleet, input, reach);
  if (selection.entries.length === 0) tellOfNobody(invocation.application, input);
  return selection;
}

/** That all agents are none is no error, but silence would look like one. */
export function tellOfNobody({ json, narration }: Application, { all_repositories, except }: TargetsInput): void {
  if (json) return;
  if (except.length > 0) narration.note("--except leaves none of the agents");
  else if (all_repositories) narration.note("no agents in any repository");
  else narration.note("no agents here; to see those of all repositories, run fleet list -A");
}
