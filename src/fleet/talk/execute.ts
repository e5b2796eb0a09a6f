import { availableParallelism } from "node:os";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { type Environment, gitLocalVariables, withoutVariables } from "../../system/environment.ts";
import { runByLine } from "../../system/exec.ts";
import { isRealDirectory } from "../../system/files.ts";
import { requireOwnWorkTree } from "../../system/git/own-work-tree.ts";
import { replacedLink } from "../../system/git/replaced-link.ts";
import { atMost } from "../../system/limit.ts";
import { type Fleet, gitIn } from "../fleet.ts";
import { heldAs } from "../worktree/held.ts";
import { anotherAtItsPlace } from "../worktree/ownership.ts";

/** How a command ended in the worktree of an agent. */
export interface Execution {
  readonly entry: AgentEntry;
  /** `undefined` when it could not be started. */
  readonly exitCode: number | undefined;
  readonly why: string | undefined;
}

/** How a command is run in worktrees. */
export interface ExecuteOptions {
  /** Is handed every line that it prints. */
  readonly onLine: (entry: AgentEntry, stream: 1 | 2, line: string) => void;
  /** Not in the sandboxes of agents that have one. */
  readonly outside: boolean;
}

/**
 * Runs a command in the worktree of each agent, as many at a time as there are cores: in the sandbox of an agent that has one, unless it is
 * to be `outside`.
 */
export async function executeInAll(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  argv: readonly string[],
  options: ExecuteOptions,
): Promise<Execution[]> {
  const limit = atMost(availableParallelism());
  return Promise.all(entries.map((entry) => limit(() => execute(fleet, entry, argv, options))));
}

async function execute(
  fleet: Fleet,
  entry: AgentEntry,
  argv: readonly string[],
  { onLine, outside }: ExecuteOptions,
): Promise<Execution> {
  fleet.cancelled.throwIfAborted();
  const obstacle = obstacleAt(entry);
  if (obstacle !== undefined) return { entry, exitCode: undefined, why: obstacle };
  const caller = {
    ...withoutVariables(fleet.environment, (name) => gitLocalVariables.includes(name)),
    PWD: entry.worktree,
    AI_FLEET_BRANCH: entry.branch,
    AI_FLEET_BATCH: entry.batch_id,
    AI_FLEET_REPO: entry.repo,
    AI_FLEET_PORT: entry.port?.toString(),
  };
  try {
    await requireOwnWorkTree(gitIn(fleet, entry));
    const run = (command: { readonly argv: readonly string[]; readonly environment: Environment }) => {
      const options = { environment: command.environment, directory: entry.worktree, cancelled: fleet.cancelled };
      return runByLine(command.argv, options, (stream, line) => onLine(entry, stream, line));
    };
    const command = { argv, environment: caller };
    const exitCode = outside ? await run(command) : await heldAs(fleet, entry, command, run);
    return { entry, exitCode, why: undefined };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { entry, exitCode: undefined, why: error.message };
  }
}

/** Why nothing is run at the place of an agent's worktree: what is there is not that worktree. `undefined` when it seems to be. */
function obstacleAt(entry: AgentEntry): string | undefined {
  if (!isRealDirectory(entry.worktree)) return `its worktree is gone: ${entry.worktree}`;
  const replaced = replacedLink(entry.worktree, entry.repo);
  if (replaced !== undefined) return `${replaced.why}; to connect it again, run ${replaced.mend}`;
  return anotherAtItsPlace(entry);
}
