import { FleetError } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { realPath } from "../../system/files.ts";
import { workingDirectoryOf } from "../../system/processes/proc.ts";
import type { ProcessTable } from "../../system/processes/process.ts";
import { readProcessTable } from "../../system/processes/table.ts";
import { processTree } from "../../system/processes/tree.ts";
import { shellWord } from "../../system/shell.ts";
import { endSessions } from "../../system/tmux/end-sessions.ts";
import type { Pane } from "../../system/tmux/panes.ts";
import { type Fleet, serverAt } from "../fleet.ts";
import type { Observation } from "../watch/observe.ts";
import { endAgentSessions } from "./end-sessions.ts";

/**
 * Makes room for the session of an agent that comes back: a dead pane that keeps the last screen goes, and so does a bare shell in the
 * agent's worktree, which is what tools that restore tmux sessions leave under its name. Any other session of that name is left alone
 * and in the way. Throws FleetError `failed` then.
 */
export async function makeRoom(fleet: Fleet, entry: AgentEntry, { pane, namesakes }: Observation): Promise<void> {
  if (pane !== undefined) await endAgentSessions(fleet, entry.socket, [pane]);
  const [only, ...others] = namesakes;
  if (only === undefined) return;
  if (others.length === 0 && isBareShell(only, entry, await readProcessTable())) {
    await endSessions(serverAt(fleet, entry.socket), [only], { watched: false });
    return;
  }
  throw new FleetError("failed", `there is a tmux session called ${entry.session} that is not of this agent`, {
    hint: `to rename it, run tmux rename-session -t ${shellWord(entry.session)} NEW-NAME`,
  });
}

const shells = ["ash", "bash", "dash", "fish", "ksh", "mksh", "sh", "zsh"];

/** A shell that runs nothing, that nobody looks at, and that is where the agent was. */
function isBareShell({ pid, agentId, attached, dead }: Pane, { worktree }: AgentEntry, table: ProcessTable): boolean {
  if (agentId !== "" || attached || dead) return false;
  const [shell, ...children] = processTree(table, pid);
  if (shell === undefined || children.length > 0 || !shells.includes(shell.name)) return false;
  return workingDirectoryOf(pid) === realPath(worktree);
}
