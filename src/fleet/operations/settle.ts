import { dirname } from "node:path";
import { FleetError, inOneLine } from "../../errors.ts";
import {
  agentsOf,
  endOperation,
  isInFlight,
  type Operation,
  type OperationKind,
  readJournal,
  settlingLock,
} from "../../state/journal.ts";
import { isRealDirectory } from "../../system/files.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import { removeLeftovers } from "../../system/leftovers.ts";
import { withLock } from "../../system/lock.ts";
import { isRunning } from "../../system/processes/identity.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../fleet.ts";

/**
 * Completes or undoes what a `fleet` that died left half done, and says so. Every command that makes, ends or brings back agents calls
 * it first. What is done depends on whether the operation had come to its commit point:
 *
 * - `create`, `fanout`, `multi`: the tmux session, for each agent by itself. Before it, all traces of the agent go: branch, worktree,
 *   files. From then on its launcher needs nobody, and the agent is put into the registry.
 * - `kill`, and `prune` of an agent: the file in the journal, before which nothing was touched. Agents that are still in the registry are
 *   ended, whatever the options were, so that nothing is lost by it (`cautiousKill`). The entry goes last.
 * - `restore`: the entry in the registry. Before it, the worktree and a branch that was made for it go; what was saved stays, and it can
 *   be tried again. After it, the record follows and the note of how the agent ended goes. That it runs again is a `resume`.
 * - `merge`: the branch has moved. Before it, files of the checkout that git had changed already are put back.
 * - `move`: none here. The agent is stopped where it was, and may be on the other machine already: it waits until the same command finds out.
 * - `pick`: its winner has been merged or published. From then on the others are ended, as by `kill`.
 * - `stop`: none. An agent that was ended before that was noted is one whose session is gone; the end of another will be news.
 *
 * The others are in no journal: each of their steps leaves something whole, and the same command goes on from there.
 *
 * - `resume`: the new session. Before it the agent is stopped, and known to have been started; after it, it runs.
 * - `prune` of what is kept of a killed agent forgets the saved work first and all the rest at once.
 * - `list --repair` looks again at everything.
 */
export async function settleDeadOperations(fleet: Fleet): Promise<void> {
  const places = statePlaces(fleet);
  await removeLeftovers([dirname(places.stateFile), places.journalRoot, places.agentsRoot, places.trustRoot]);
  // Whether a pick has taken its winner is known when the merge in it is settled.
  const byOrder = (operation: Operation) => (operation.kind === "pick" ? 1 : 0);
  for (const operation of readJournal(places).sort((a, b) => byOrder(a) - byOrder(b))) {
    if (await isRunning(operation.owner)) continue;
    try {
      await withLock(settlingLock(places, operation.id), lockOptions(fleet), () => settleOne(fleet, operation));
    } catch (error) {
      if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
      fleet.report({ kind: "warning", text: unsettled(operation, error) });
    }
  }
}

/**
 * The journal was read a while ago: a process that came to its end by itself since has left nothing, and neither has another command that
 * was at it first. What was made or ended after that would be undone or ended again. The caller holds the lock of the operation.
 */
async function settleOne(fleet: Fleet, operation: Operation): Promise<void> {
  const places = statePlaces(fleet);
  if (!isInFlight(places, operation.id)) return;
  const settle = await settlers[operation.kind]();
  await settle(fleet, operation);
  await releaseRepositories(fleet, operation);
  endOperation(places, operation.id);
}

/** One that cannot be settled now stops nothing else: it stays in the journal, and the next command tries again. */
function unsettled(operation: Operation, error: FleetError): string {
  const { id, kind } = operation;
  const [first] = agentsOf(operation);
  const what = first === undefined ? id : `${first.branch} in ${first.repo}`;
  return `the interrupted ${kind} of ${what} waits: ${inOneLine(error)}; to give it up, run fleet list --repair --abandon ${id}`;
}

/** Takes the locks that the dead one may have held or been waiting for, which clears what it has left of them. */
async function releaseRepositories(fleet: Fleet, { agents }: Operation): Promise<void> {
  for (const root of new Set(agents.map(({ repo }) => repo))) {
    const repository = isRealDirectory(root) ? await discoverRepository(gitAt(fleet, root)) : undefined;
    if (repository === undefined) continue;
    await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => undefined);
  }
}

/** Loaded when there is something to settle, for every command looks whether there is. */
const settlers: Readonly<Record<OperationKind, () => Promise<(fleet: Fleet, operation: Operation) => Promise<void>>>> =
  {
    create: async () => (await import("./create/settle-create.ts")).settleCreate,
    kill: async () => (await import("./kill/settle-kill.ts")).settleKill,
    restore: async () => (await import("./restore/settle-restore.ts")).settleRestore,
    merge: async () => (await import("./merge/settle-merge.ts")).settleMerge,
    pick: async () => (await import("./pick/settle-pick.ts")).settlePick,
    move: async () => (await import("./move/settle-move.ts")).settleMove,
    stop: async () => (await import("./stop/settle-stop.ts")).settleStop,
  };
