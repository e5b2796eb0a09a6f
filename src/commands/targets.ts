import { FleetError } from "../errors.ts";
import { type Selection, selectAgents } from "../fleet/choose/selection.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { readJournal } from "../state/journal.ts";
import { readRegistry } from "../state/registry.ts";
import { shellWord } from "../system/shell.ts";
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

interface TargetChoice {
  readonly words: readonly string[];
  readonly batch?: string | undefined;
  readonly all?: boolean | undefined;
  readonly allRepositories?: boolean | undefined;
  readonly except?: readonly string[] | undefined;
  /** The command only looks. */
  readonly reachesOut: boolean;
}

async function chooseAgents(fleet: Fleet, choice: TargetChoice): Promise<Selection> {
  await settleDeadOperations(fleet);
  await untilRegistered(fleet, choice.words);
  return selectAgents(
    readRegistry(statePlaces(fleet)),
    {
      words: choice.words,
      batch: choice.batch,
      all: choice.all ?? false,
      allRepositories: choice.allRepositories ?? false,
      except: choice.except ?? [],
    },
    { repository: await currentRepositoryRoot(fleet), reachesOut: choice.reachesOut },
  );
}

const registrationMilliseconds = 5000;

/** An agent that calls `fleet` as the first thing it does may be faster than the `fleet` that is just writing it down. */
async function untilRegistered(fleet: Fleet, words: readonly string[]): Promise<void> {
  const deadline = performance.now() + registrationMilliseconds;
  const inFlight = () =>
    readJournal(statePlaces(fleet)).some(
      ({ kind, agents }) => kind === "create" && agents.some(({ branch }) => words.includes(branch)),
    );
  while (inFlight() && performance.now() < deadline) {
    const known = readRegistry(statePlaces(fleet)).map(({ branch }) => branch);
    if (words.every((word) => known.includes(word))) return;
    await Bun.sleep(20);
  }
}

/** The values of `targetOptions`, as parsed. */
interface TargetValues {
  readonly batch?: string | undefined;
  readonly all?: boolean | undefined;
  readonly "all-repos"?: boolean | undefined;
}

/** The agents that operands and `targetOptions` name. Throws FleetError when they name none. */
export async function chosenAgents(
  fleet: Fleet,
  args: TargetValues,
  { operands, repeated }: Pick<Invocation, "operands" | "repeated">,
  reachesOut: boolean,
): Promise<Selection> {
  return chooseAgents(fleet, {
    words: operands,
    batch: args.batch,
    all: args.all,
    allRepositories: args["all-repos"],
    except: repeated.except,
    reachesOut,
  });
}

/** The one agent that a word names; `reachesOut` for a command that only looks. Throws FleetError when it names none or several. */
export async function chooseAgent(
  fleet: Fleet,
  word: string,
  { reachesOut } = { reachesOut: true },
): Promise<Selection["entries"][number]> {
  const { entries } = await chooseAgents(fleet, { words: [word], reachesOut });
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0) return first;
  throw new FleetError("usage", `${word} names ${entries.length} agents, and this needs one`, {
    output: entries.map(({ branch }) => branch).join("\n"),
    hint: `to see them, run fleet list ${shellWord(word)}`,
  });
}
