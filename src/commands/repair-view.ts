import { inOneLine } from "../errors.ts";
import type { Absent, Repair } from "../fleet/operations/repair/plan.ts";
import type { FailedRepair, Repaired } from "../fleet/operations/repair/repair.ts";
import type { Untouched } from "../fleet/operations/repair/unasked.ts";
import { shellWord } from "../system/shell.ts";

/** One line for each thing that did not agree. */
export function repairLines({ repairs, failed, absent, untouched }: Repaired, dryRun: boolean): string[] {
  if (repairs.length + failed.length + absent.length + untouched.length === 0)
    return ["everything agrees; nothing to repair"];
  const isOnlyShown = dryRun && repairs.length > 0;
  return [
    ...repairs.map(repairLine),
    ...failed.map(failedLine),
    ...absent.map(absentLine),
    ...untouched.map(untouchedLine),
    ...(isOnlyShown ? ["nothing was changed; to do it, run fleet list --repair"] : []),
  ];
}

function absentLine({
  entry: { branch, worktree, repo },
  hasRepository,
  hasWorktree,
  isUnknown,
  replaced,
}: Absent): string {
  if (hasRepository && replaced !== undefined)
    return `${branch}: left as it is, ${replaced.why}; to connect it again, run ${replaced.mend}`;
  if (hasRepository && hasWorktree && isUnknown)
    return `${branch}: left as it is, the repository at ${repo} does not know its worktree; if its own was moved, run fleet -C NEW-PLACE list --repair`;
  if (hasRepository)
    return `${branch}: left as it is, its worktree is not at ${worktree}; if it was moved, run git -C ${shellWord(repo)} worktree repair NEW-PLACE, then fleet list --repair`;
  if (hasWorktree)
    return `${branch}: left as it is, its repository is not at ${repo}; if it was moved, run fleet -C NEW-PLACE list --repair`;
  return `${branch}: left as it is, its worktree ${worktree} and its repository are not there; to see whether they were moved or are not mounted, run ls -ld ${shellWord(repo)}`;
}

function untouchedLine({ place, error, agents }: Untouched): string {
  const names = agents.map(({ branch }) => branch).join(", ");
  const whose = names === "" ? "" : `, with ${names}`;
  return `${place}: left as it is${whose}: ${inOneLine(error)}${error.hint === undefined ? "" : `; ${error.hint}`}`;
}

function failedLine({ repair, error }: FailedRepair): string {
  const hint = error.hint === undefined ? "" : `; ${error.hint}`;
  return `${subjectOf(repair)}: could not be put right: ${inOneLine(error)}${hint}`;
}

/** What a repair is about, as it is called. */
function subjectOf(repair: Repair): string {
  switch (repair.kind) {
    case "unregister":
      return repair.path;
    case "end-session":
      return repair.session.pane.sessionName;
    case "remove-container":
      return `container ${repair.container.id.slice(0, 12)} of ${repair.container.kind}`;
    case "remove-group":
      return repair.directory;
    case "end-processes":
      return `processes ${repair.processes.map(({ pid }) => pid).join(", ")}`;
    default:
      return repair.entry.branch;
  }
}

function repairLine(repair: Repair): string {
  switch (repair.kind) {
    case "add":
      return `${repair.entry.branch}: put back into the registry; it ${repair.why}`;
    case "change":
    case "connect":
      return `${repair.entry.branch}: ${repair.why}`;
    case "forget":
      return `${repair.entry.branch}: taken out of the registry; ${repair.why}`;
    case "unregister":
      return `${subjectOf(repair)}: its registration cleared; ${repair.why}`;
    case "end-session":
      return `${subjectOf(repair)}: session ended; ${repair.why}`;
    case "remove-container":
      return `${subjectOf(repair)} removed; ${repair.why}`;
    case "remove-group":
      return `${subjectOf(repair)}: group removed; ${repair.why}`;
    case "end-processes":
      return `${subjectOf(repair)} ended; ${repair.why}`;
  }
}
