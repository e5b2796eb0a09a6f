import type { AgentEntry } from "../../../state/entry.ts";
import type { Operation } from "../../../state/journal.ts";
import { listPanes } from "../../../system/tmux/panes.ts";
import { type Fleet, serverAt } from "../../fleet.ts";
import { recordAgents } from "../../record.ts";
import { registered, requireReadable } from "../settleable.ts";
import { undoAgent } from "./undo.ts";

/** Ends a creation that was interrupted: agents whose session is there are registered, of the others all traces go. */
export async function settleCreate(fleet: Fleet, operation: Operation): Promise<void> {
  for (const entry of operation.agents) {
    const name = entry.branch;
    if (await hasSession(fleet, entry)) {
      await recordAgents(fleet, [entry]);
      fleet.report({
        kind: "note",
        text: `${name}: its creation was interrupted after it had started; it is in the list now`,
      });
    } else if (registered(fleet, entry) === undefined) {
      await requireReadable(fleet, entry);
      await undoAgent(fleet, entry, operation.new_branches.includes(name));
      fleet.report({ kind: "note", text: `${name}: its creation was interrupted; what was there of it is gone` });
    }
  }
}

async function hasSession(fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  return (await listPanes(serverAt(fleet, entry.socket))).some(({ agentId }) => agentId === entry.id);
}
