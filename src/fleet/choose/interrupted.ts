import { FleetError } from "../../errors.ts";
import { agentsOf, type Operation } from "../../state/journal.ts";
import { isOutOfSight } from "../../system/processes/identity.ts";

/**
 * Why a name means no agent now although there is one: an operation has it that was interrupted, or is at it. One of another machine or
 * container cannot be seen to have ended, so only the user can say so. `undefined` where no operation has an agent of that name in one of
 * the repositories; all are meant where none is given.
 */
export function interruptedAgent(
  operations: readonly Operation[],
  word: string,
  repository: string | undefined,
): FleetError | undefined {
  for (const operation of operations) {
    const agent = agentsOf(operation).find(
      ({ branch, repo }) => branch === word && (repository === undefined || repo === repository),
    );
    if (agent !== undefined) return explained(operation, word, agent.repo);
  }
  return undefined;
}

/**
 * Why a name cannot be given to a new agent although no agent here has it: an operation has it that nobody here can see come to its end.
 */
export function claimedOutOfSight(operations: readonly Operation[], branch: string, repository: string) {
  const others = operations.filter(({ owner }) => isOutOfSight(owner));
  return interruptedAgent(others, branch, repository);
}

function explained({ id, kind, owner }: Operation, branch: string, repo: string): FleetError {
  const what = `the ${kind} of ${branch} in ${repo}`;
  if (!isOutOfSight(owner)) {
    return new FleetError("failed", `${what} is not done yet`, {
      code: "interrupted",
      hint: "to have it settled, run fleet list; to see what it waits for, run fleet doctor",
    });
  }
  const where = owner.machine === undefined ? "" : ` (${owner.machine})`;
  return new FleetError("failed", `${what} was begun by another machine or container${where}, which may be at it`, {
    code: "interrupted",
    hint: `if that is gone, run fleet list --repair --abandon ${id}`,
  });
}
