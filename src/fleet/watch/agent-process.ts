import { sandboxes } from "../../sandboxes/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import type { ProcessInfo } from "../../system/processes/process.ts";

/**
 * The process of an agent among those of its pane: the one that its launcher started, or in a sandbox that stays as its parent, the first
 * below that which is not the sandbox.
 */
export function agentProcess(
  { sandbox }: Pick<AgentEntry, "sandbox">,
  processes: readonly ProcessInfo[],
  pid: number | undefined,
): ProcessInfo | undefined {
  const started = processes.find((process) => process.pid === pid);
  const wrapper = sandbox === undefined || sandbox.kind === "none" ? undefined : sandboxes[sandbox.kind].wrapperName;
  let found = started;
  while (found !== undefined && found.name === wrapper) {
    const { pid: parent } = found;
    found = processes.find((process) => process.parent === parent);
  }
  return found;
}
