import { type FleetError, refusalOf } from "../../../errors.ts";
import { removeCappedGroups } from "../../../sandboxes/capped-groups.ts";
import { type AgentEntry, withWorktree } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { exists, isRealDirectory, removeTree, replaceFile, writePrivateFile } from "../../../system/files.ts";
import { point } from "../../../system/git/pointers.ts";
import { mendSubmodules } from "../../../system/git/submodules.ts";
import { adminDirectory, forgetWorktree } from "../../../system/git/worktrees.ts";
import { withLock } from "../../../system/lock.ts";
import { processStarts } from "../../../system/processes/table.ts";
import { signalProcess } from "../../../system/processes/tree.ts";
import { removeContainer } from "../../contained.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, statePlaces } from "../../fleet.ts";
import { endAgentSessions } from "../../life/end-sessions.ts";
import { changeEntries } from "../../record.ts";
import { settleDeadOperations } from "../settle.ts";
import { gatherEvidence, isUnfinished, writtenDown } from "./evidence.ts";
import { type Absent, absentAgents, type Evidence, planRepairs, type Repair, stands } from "./plan.ts";
import { type Untouched, untouchedBy } from "./unasked.ts";

/** What a repair found. */
export interface Repaired {
  readonly repairs: readonly Repair[];
  readonly failed: readonly FailedRepair[];
  /** Left as they are. */
  readonly absent: readonly Absent[];
  readonly untouched: readonly Untouched[];
}

/** A repair that could not be carried out, which keeps none of the others from it. */
export interface FailedRepair {
  readonly repair: Repair;
  readonly error: FleetError;
}

/**
 * Makes registry, sessions, worktrees and processes agree again, and returns what was done, or with `dryRun` what would be. Entries
 * come back from their other copies; what is taken away is provably ours and holds nothing.
 */
export async function repairFleet(fleet: Fleet, dryRun: boolean): Promise<Repaired> {
  if (!dryRun) await settleDeadOperations(fleet);
  const evidence = await gatherEvidence(fleet);
  const planned = planRepairs(evidence).map((repair) => withEarlierPlace(repair, evidence.registry));
  const { done: repairs, failed } = dryRun ? { done: planned, failed: [] } : await carryOut(fleet, evidence, planned);
  return {
    repairs,
    failed,
    absent: absentAgents(evidence),
    untouched: untouchedBy(evidence.unasked, evidence.registry),
  };
}

/** An agent that is found at another place keeps in mind where it was. */
function withEarlierPlace(repair: Repair, registry: readonly AgentEntry[]): Repair {
  const before = repair.kind === "change" ? registry.find(({ id }) => id === repair.entry.id) : undefined;
  if (repair.kind !== "change" || before === undefined) return repair;
  const { earlier_worktrees: _, ...entry } = repair.entry;
  const { earlier_worktrees: earlier } = withWorktree(before, entry.worktree, new Date());
  return { ...repair, entry: earlier === undefined ? entry : { ...entry, earlier_worktrees: earlier } };
}

/** Returns what was done: a repair of an agent that was made, ended or brought back since the evidence was gathered is not. */
async function carryOut(
  fleet: Fleet,
  evidence: Evidence,
  repairs: readonly Repair[],
): Promise<{ readonly done: readonly Repair[]; readonly failed: readonly FailedRepair[] }> {
  let standing: Repair[] = [];
  let registry = evidence.registry;
  await changeEntries(fleet, (entries) => {
    const now = { ...writtenDown(fleet), registry: entries };
    standing = repairs.filter((repair) => stands(evidence, now, repair));
    registry = standing.reduce(repairedRegistry, entries);
    return registry;
  });
  const done: Repair[] = [];
  const failed: FailedRepair[] = [];
  for (const repair of standing) {
    const isWritten = repair.kind === "add" || repair.kind === "change" || repair.kind === "forget";
    if (!isWritten && !stands({ ...evidence, registry }, writtenDown(fleet), repair)) continue;
    try {
      await carryOutOne(fleet, repair);
      done.push(repair);
    } catch (error) {
      if (fleet.cancelled.aborted) throw error;
      failed.push({ repair, error: refusalOf(error) });
    }
  }
  return { done, failed };
}

async function carryOutOne(fleet: Fleet, repair: Repair): Promise<void> {
  switch (repair.kind) {
    case "add":
    case "change":
      return updateRecord(fleet, repair.entry);
    case "forget":
      return noteForgotten(fleet, repair.entry);
    case "connect": {
      const insisting = { ...lockOptions(fleet), insists: true };
      return withLock(repositoryLock(repair.repository.commonDirectory), insisting, async () => connect(repair));
    }
    case "end-session":
      return endAgentSessions(fleet, repair.session.socket, [repair.session.pane]);
    case "end-processes": {
      const starts = await processStarts(repair.processes.map(({ pid }) => pid));
      for (const target of repair.processes)
        if (starts.get(target.pid) === target.start) signalProcess(target, "SIGKILL");
      return;
    }
    case "remove-container":
      return removeContainer(fleet, repair.container);
    case "remove-group":
      await removeCappedGroups({ version: 2, directories: [repair.directory] }, fleet.environment);
      return;
    case "unregister": {
      const { commonDirectory } = repair.repository;
      return withLock(repositoryLock(commonDirectory), lockOptions(fleet), async () => {
        // Whoever was making it held this lock until now.
        if (isUnfinished(fleet, repair.admin)) await forgetWorktree(gitAt(fleet, commonDirectory), repair.path);
      });
    }
  }
}

/** As `git worktree repair` does, but for this worktree alone. */
function connect({ entry: { worktree }, admin }: Extract<Repair, { readonly kind: "connect" }>): void {
  const before = adminDirectory(worktree);
  if (before === undefined || exists(before)) return;
  point(worktree, admin);
  mendSubmodules({ admin, worktree, adminBefore: before, worktreeBefore: worktree });
}

function updateRecord(fleet: Fleet, entry: AgentEntry): void {
  const { directory, record, forgotten } = agentFiles(statePlaces(fleet), entry.id);
  if (!isRealDirectory(directory)) return;
  replaceFile(record, `${JSON.stringify(entry, null, 2)}\n`);
  removeTree(forgotten);
}

/** From now on its logs grow old. */
function noteForgotten(fleet: Fleet, entry: AgentEntry): void {
  const { directory, forgotten } = agentFiles(statePlaces(fleet), entry.id);
  if (isRealDirectory(directory)) writePrivateFile(forgotten, "");
}

function repairedRegistry(entries: readonly AgentEntry[], repair: Repair): readonly AgentEntry[] {
  switch (repair.kind) {
    case "add":
    case "change":
      return [...entries.filter(({ id }) => id !== repair.entry.id), repair.entry];
    case "forget":
      return entries.filter(({ id }) => id !== repair.entry.id);
    default:
      return entries;
  }
}
