import { dirname } from "node:path";
import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { endOperation, type Operation, type OperationKind, readJournal } from "../../state/journal.ts";
import { readMerged } from "../../state/merged.ts";
import { readPullRecord } from "../../state/pull-request.ts";
import { readRegistry } from "../../state/registry.ts";
import { exists, isRealDirectory } from "../../system/files.ts";
import { discoverRepository } from "../../system/git/repository.ts";
import { removeLeftovers } from "../../system/leftovers.ts";
import { withLock } from "../../system/lock.ts";
import { isRunning } from "../../system/processes/identity.ts";
import { listPanes } from "../../system/tmux/panes.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, serverAt, statePlaces } from "../fleet.ts";
import { recordAgents } from "../record.ts";
import { cautiousKill } from "../worktree/kill-options.ts";
import { undoAgent } from "./create/undo.ts";
import { finishKills } from "./kill/finish-kill.ts";
import { disownKept } from "./kill/take-along.ts";
import { settleMerge } from "./merge/settle-merge.ts";
import { finishRestore } from "./restore/finish-restore.ts";
import { undoRestore } from "./restore/undo.ts";

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
 * - `pick`: its winner has been merged or published. From then on the others are ended, as by `kill`.
 *
 * The others are in no journal: each of their steps leaves something whole, and the same command goes on from there.
 *
 * - `stop` has no commit point: an agent that was ended before that was noted is one whose session is gone.
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
      await settle[operation.kind](fleet, operation);
      await releaseRepositories(fleet, operation);
      endOperation(places, operation.id);
    } catch (error) {
      if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
      fleet.report({ kind: "warning", text: unsettled(operation, error) });
    }
  }
}

/** One that cannot be settled now stops nothing else: it stays in the journal, and the next command tries again. */
function unsettled({ id, kind, agents }: Operation, error: FleetError): string {
  const [first] = agents;
  const what = first === undefined ? id : `${first.branch} in ${first.repo}`;
  const words = error.output === undefined ? "" : `: ${error.output.trim().split("\n")[0]}`;
  return `the interrupted ${kind} of ${what} waits: ${error.message}${words}; to give it up, run fleet list --repair --abandon ${id}`;
}

/** Takes the locks that the dead one may have held or been waiting for, which clears what it has left of them. */
async function releaseRepositories(fleet: Fleet, { agents }: Operation): Promise<void> {
  for (const root of new Set(agents.map(({ repo }) => repo))) {
    const repository = isRealDirectory(root) ? await discoverRepository(gitAt(fleet, root)) : undefined;
    if (repository === undefined) continue;
    await withLock(repositoryLock(repository.commonDirectory), lockOptions(fleet), async () => undefined);
  }
}

const settle: Readonly<Record<OperationKind, (fleet: Fleet, operation: Operation) => Promise<void>>> = {
  create: settleCreate,
  kill: settleKill,
  restore: settleRestore,
  merge: settleMerge,
  pick: settlePick,
};

async function settleCreate(fleet: Fleet, operation: Operation): Promise<void> {
  for (const entry of operation.agents) {
    const name = entry.branch;
    if (await hasSession(fleet, entry)) {
      await recordAgents(fleet, [entry]);
      fleet.report({
        kind: "note",
        text: `${name}: its creation was interrupted after it had started; it is in the list now`,
      });
    } else if (!isRegistered(fleet, entry)) {
      await requireReadable(fleet, entry);
      await undoAgent(fleet, entry, operation.new_branches.includes(name));
      fleet.report({ kind: "note", text: `${name}: its creation was interrupted; what was there of it is gone` });
    }
  }
}

async function settleKill(fleet: Fleet, operation: Operation): Promise<void> {
  const unfinished = operation.agents.filter((entry) => isRegistered(fleet, entry));
  const results = await finishKills(fleet, operation.id, unfinished, cautiousKill);
  await disownKept(fleet, results);
  for (const result of results) {
    const outcome = result.ended ? "it is gone now" : `it is kept: ${result.why}`;
    fleet.report({ kind: "note", text: `${result.entry.branch}: ending it was interrupted; ${outcome}` });
  }
}

/** A race that was decided comes to its end; of one that was not, nothing was changed. */
async function settlePick(fleet: Fleet, operation: Operation): Promise<void> {
  if (operation.pick === undefined) return;
  const { winner, since } = operation.pick;
  const places = statePlaces(fleet);
  const taken = [readMerged(places, winner.id), readPullRecord(places, winner.id)];
  const isTaken = taken.some((record) => record !== undefined && record.at >= since);
  const text = isTaken ? "it is taken, and the others are ended now" : "nobody is ended; run fleet pick again";
  fleet.report({ kind: "note", text: `${winner.branch}: picking it was interrupted; ${text}` });
  if (isTaken) await settleKill(fleet, operation);
}

/** What was saved of the agent is still there, so nothing is lost by taking back half a restore. */
async function settleRestore(fleet: Fleet, operation: Operation): Promise<void> {
  for (const entry of operation.agents) {
    await requireReadable(fleet, entry);
    const registered = readRegistry(statePlaces(fleet)).find(({ id }) => id === entry.id);
    if (registered !== undefined) {
      finishRestore(statePlaces(fleet), registered);
      continue;
    }
    await undoRestore(fleet, entry, operation.new_branches.includes(entry.branch));
    fleet.report({ kind: "note", text: `${entry.branch}: bringing it back was interrupted; run fleet restore again` });
  }
}

/** What is away or cannot be read now may be back later: that there is nothing to undo is not known then. */
async function requireReadable(fleet: Fleet, { repo }: AgentEntry): Promise<void> {
  const repository = isRealDirectory(repo) ? await discoverRepository(gitAt(fleet, repo)) : undefined;
  if (repository !== undefined) return;
  const why = exists(repo) ? `git does not see a repository in ${repo}` : `${repo} is not there`;
  throw new FleetError("failed", why);
}

async function hasSession(fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  return (await listPanes(serverAt(fleet, entry.socket))).some(({ agentId }) => agentId === entry.id);
}

function isRegistered(fleet: Fleet, entry: AgentEntry): boolean {
  return readRegistry(statePlaces(fleet)).some(({ id }) => id === entry.id);
}
