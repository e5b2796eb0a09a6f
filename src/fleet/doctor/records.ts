import { FleetError, inOneLine } from "../../errors.ts";
import { agentsOf, readJournal } from "../../state/journal.ts";
import { readRegistry } from "../../state/registry.ts";
import { findProgram } from "../../system/exec.ts";
import { isRealDirectory } from "../../system/files.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import { isOutOfSight, isRunning } from "../../system/processes/identity.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { interruptedDeletions } from "../operations/prune/prunable.ts";
import { type Examination, examined } from "./examination.ts";

/** How many agents are registered, where the registry can be read. */
export function examineRegistry(fleet: Fleet): Promise<Examination> {
  return examined("agents", async () => {
    const places = statePlaces(fleet);
    return `${readRegistry(places).length} in ${places.stateFile}`;
  });
}

/** Repositories of agents that git refuses to read: everything else goes on without them. */
export async function examineRepositories(fleet: Fleet): Promise<Examination[]> {
  // Git has a row of its own.
  if (findProgram("git", fleet.environment) === undefined) return [];
  const roots = [...new Set(readRegistry(statePlaces(fleet)).map(({ repo }) => repo))].filter(isRealDirectory);
  const found = await Promise.all(roots.map((root) => examineRepository(fleet, root)));
  return found.flat();
}

async function examineRepository(fleet: Fleet, root: string): Promise<Examination[]> {
  try {
    await discoverRepository(gitAt(fleet, root));
    return [];
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    const finding = `${root} cannot be read: ${inOneLine(error)}`;
    return [{ subject: "repository", verdict: "trouble", finding, remedy: error.hint }];
  }
}

/** Worktrees in the trash that are still there though they were to be deleted; prune says what keeps each. */
export function examineTrash(fleet: Fleet): Examination[] {
  const left = interruptedDeletions(fleet, new Date());
  if (left.length === 0) return [];
  const what = left.length === 1 ? (left[0] ?? "") : `${left.length} worktrees in the trash`;
  return [
    { subject: "trash", verdict: "advice", finding: `${what} could not be deleted`, remedy: "run fleet prune -y" },
  ];
}

/** Operations that were interrupted and wait: for their machine, or for what cannot be read now. */
export async function examineJournal(fleet: Fleet): Promise<Examination[]> {
  const waiting = await Promise.all(
    readJournal(statePlaces(fleet)).map(async (operation): Promise<Examination[]> => {
      const { id, kind, owner } = operation;
      const elsewhere = isOutOfSight(owner);
      if (!elsewhere && (await isRunning(owner))) return [];
      const agents = agentsOf(operation).map(({ branch, repo }) => `${branch} in ${repo}`);
      const what = agents.length === 0 ? (operation.stop ?? [id]).join(", ") : agents.join(", ");
      const where = elsewhere
        ? ` by another machine or container (${owner.machine ?? "unnamed"}), which may be at it`
        : "";
      return [
        {
          subject: "operation",
          verdict: elsewhere ? "advice" : "trouble",
          finding: `the ${kind} of ${what} is half done${where}`,
          remedy: `to settle it, run fleet list; to give it up, run fleet list --repair --abandon ${id}`,
        },
      ];
    }),
  );
  return waiting.flat();
}
