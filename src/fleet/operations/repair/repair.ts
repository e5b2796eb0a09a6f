import type { AgentEntry } from "../../../state/entry.ts";
import { agentFiles } from "../../../state/places.ts";
import { isRealDirectory, removeTree, replaceFile, writePrivateFile } from "../../../system/files.ts";
import { forgetWorktree } from "../../../system/git/worktrees.ts";
import { withLock } from "../../../system/lock.ts";
import { processStarts } from "../../../system/processes/table.ts";
import { signalProcess } from "../../../system/processes/tree.ts";
import { killSessions } from "../../../system/tmux/sessions.ts";
import { type Fleet, gitAt, lockOptions, repositoryLock, serverAt, statePlaces } from "../../fleet.ts";
import { changeEntries } from "../../record.ts";
import { settleDeadOperations } from "../settle.ts";
import { gatherEvidence } from "./evidence.ts";
import { planRepairs, type Repair } from "./plan.ts";

/**
 * Makes registry, sessions, worktrees and processes agree again, and returns what was done, or with `dryRun` what would be. Entries
 * come back from their other copies; what is taken away is provably ours and holds nothing.
 */
export async function repairFleet(fleet: Fleet, dryRun: boolean): Promise<Repair[]> {
  if (!dryRun) await settleDeadOperations(fleet);
  const repairs = planRepairs(await gatherEvidence(fleet));
  if (!dryRun) await carryOut(fleet, repairs);
  return repairs;
}

async function carryOut(fleet: Fleet, repairs: readonly Repair[]): Promise<void> {
  await changeEntries(fleet, (entries) => repairs.reduce(repairedRegistry, entries));
  for (const repair of repairs) await carryOutOne(fleet, repair);
}

async function carryOutOne(fleet: Fleet, repair: Repair): Promise<void> {
  switch (repair.kind) {
    case "add":
    case "change":
      return updateRecord(fleet, repair.entry);
    case "forget":
      return noteForgotten(fleet, repair.entry);
    case "end-session":
      return killSessions(serverAt(fleet, repair.session.socket), [repair.session.pane.session], {
        watched: repair.session.pane.attached,
      });
    case "end-processes": {
      const starts = await processStarts(repair.processes.map(({ pid }) => pid));
      for (const target of repair.processes)
        if (starts.get(target.pid) === target.start) signalProcess(target, "SIGKILL");
      return;
    }
    case "unregister": {
      const { commonDirectory } = repair.repository;
      return withLock(repositoryLock(commonDirectory), lockOptions(fleet), () =>
        forgetWorktree(gitAt(fleet, commonDirectory), repair.path),
      );
    }
  }
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
