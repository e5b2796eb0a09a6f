import { isContainer } from "../../model/sandbox.ts";
import { sandboxes } from "../../sandboxes/catalog.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { innerProcessId } from "../../system/processes/proc.ts";
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
  if (isContainer(sandbox)) return inContainer(processes);
  const started = processes.find((process) => process.pid === pid);
  const wrapper = sandbox === undefined || sandbox.kind === "none" ? undefined : sandboxes[sandbox.kind].wrapperName;
  let found = started;
  while (found !== undefined && found.name === wrapper) {
    found = firstChild(processes, found);
  }
  return found;
}

/** In a container it is what the first process there has started. That has no parent among the agent's: the engine made it. */
function inContainer(processes: readonly ProcessInfo[]): ProcessInfo | undefined {
  const ids = new Set(processes.map(({ pid }) => pid));
  const first = processes.find(({ pid, parent }) => !ids.has(parent) && innerProcessId(pid) === 1);
  return first === undefined ? undefined : firstChild(processes, first);
}

/** What leads out of a sandbox is started beside the agent, a moment later. */
function firstChild(processes: readonly ProcessInfo[], { pid }: ProcessInfo): ProcessInfo | undefined {
  const children = processes.filter(({ parent }) => parent === pid);
  return children.toSorted((one, other) => Number(one.start) - Number(other.start) || one.pid - other.pid)[0];
}
