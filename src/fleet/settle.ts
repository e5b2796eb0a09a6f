import type { AgentEntry } from "../state/entry.ts";
import { endOperation, type Operation, readJournal } from "../state/journal.ts";
import { readRegistry } from "../state/registry.ts";
import { isRunning } from "../system/processes/identity.ts";
import { listPanes } from "../system/tmux/panes.ts";
import { finishKills } from "./finish-kill.ts";
import { type Fleet, serverAt, statePlaces } from "./fleet.ts";
import { recordAgents } from "./record.ts";
import { undoAgent } from "./undo.ts";

/**
 * Completes or undoes what a `fleet` that died left half done, and says so. Every command that changes the fleet calls it first.
 * The commit point of `create` is the agent's session: with it the agent is kept and registered, without it all traces go. A `kill`
 * is always carried on.
 */
export async function settleDeadOperations(fleet: Fleet): Promise<void> {
  const places = statePlaces(fleet);
  for (const operation of readJournal(places)) {
    if (await isRunning(operation.owner)) continue;
    if (operation.kind === "create") await settleCreate(fleet, operation);
    else await settleKill(fleet, operation);
    endOperation(places, operation.id);
  }
}

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
      await undoAgent(fleet, entry, operation.new_branches.includes(name));
      fleet.report({ kind: "note", text: `${name}: its creation was interrupted; what was there of it is gone` });
    }
  }
}

async function settleKill(fleet: Fleet, operation: Operation): Promise<void> {
  const unfinished = operation.agents.filter((entry) => isRegistered(fleet, entry));
  for (const result of await finishKills(fleet, unfinished)) {
    const outcome = result.ended ? "it is gone now" : `it is kept: ${result.why}`;
    fleet.report({ kind: "note", text: `${result.entry.branch}: ending it was interrupted; ${outcome}` });
  }
}

async function hasSession(fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  return (await listPanes(serverAt(fleet, entry.socket))).some(({ agentId }) => agentId === entry.id);
}

function isRegistered(fleet: Fleet, entry: AgentEntry): boolean {
  return readRegistry(statePlaces(fleet)).some(({ id }) => id === entry.id);
}
