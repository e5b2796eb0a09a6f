import type { Repair } from "../fleet/operations/repair/plan.ts";

/** One line for each thing that did not agree. */
export function repairLines(repairs: readonly Repair[], dryRun: boolean): string[] {
  if (repairs.length === 0) return ["everything agrees; nothing to repair"];
  return [...repairs.map(repairLine), ...(dryRun ? ["nothing was changed; to do it, run fleet list --repair"] : [])];
}

function repairLine(repair: Repair): string {
  switch (repair.kind) {
    case "add":
      return `${repair.entry.branch}: put back into the registry; it ${repair.why}`;
    case "change":
      return `${repair.entry.branch}: ${repair.why}`;
    case "forget":
      return `${repair.entry.branch}: taken out of the registry; ${repair.why}`;
    case "unregister":
      return `${repair.path}: its registration cleared; ${repair.why}`;
    case "end-session":
      return `${repair.session.pane.sessionName}: session ended; ${repair.why}`;
    case "remove-container":
      return `container ${repair.container.id.slice(0, 12)} of ${repair.container.kind} removed; ${repair.why}`;
    case "remove-group":
      return `${repair.directory}: group removed; ${repair.why}`;
    case "end-processes":
      return `processes ${repair.processes.map(({ pid }) => pid).join(", ")} ended; ${repair.why}`;
  }
}
