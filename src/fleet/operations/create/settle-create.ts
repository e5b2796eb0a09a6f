import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import type { Operation } from "../../../state/journal.ts";
import { agentFiles } from "../../../state/places.ts";
import { poll } from "../../../system/poll.ts";
import { argumentsOf } from "../../../system/processes/proc.ts";
import { readProcessTable } from "../../../system/processes/table.ts";
import { isTmuxServer } from "../../../system/processes/tree.ts";
import { listPanes } from "../../../system/tmux/panes.ts";
import { type Fleet, serverAt, statePlaces } from "../../fleet.ts";
import { recordAgents } from "../../record.ts";
import { registered, requireReadable } from "../settleable.ts";
import { undoAgent } from "./undo.ts";

/** How long a tmux that outlived its `fleet` may take to make a session. */
const patienceMilliseconds = 10_000;

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
  if (await isThere(fleet, entry)) return true;
  await untilNobodyMakesIt(fleet, entry);
  return isThere(fleet, entry);
}

async function isThere(fleet: Fleet, entry: AgentEntry): Promise<boolean> {
  return (await listPanes(serverAt(fleet, entry.socket))).some(({ agentId }) => agentId === entry.id);
}

/**
 * SIGKILL ends a `fleet`, but not the tmux that it has asked for the session: until that has ended as well, the session may still come.
 * Throws FleetError `failed` when it takes too long.
 */
async function untilNobodyMakesIt(fleet: Fleet, { id, branch }: AgentEntry): Promise<void> {
  const { launcher } = agentFiles(statePlaces(fleet), id);
  let asking: number | undefined;
  const looking = { every: 20, deadline: performance.now() + patienceMilliseconds, cancelled: fleet.cancelled };
  await poll(looking, async () => {
    asking = await tmuxAskedFor(launcher);
    return asking === undefined || undefined;
  });
  if (asking === undefined) return;
  throw new FleetError("failed", `a tmux (process ${asking}) is still about to start ${branch}`, {
    hint: `to end it, run kill ${asking}`,
  });
}

/** The process of a tmux that is to start this launcher. A server has the words of the client that it came from. */
async function tmuxAskedFor(launcher: string): Promise<number | undefined> {
  const table = await readProcessTable();
  const clients = [...table.values()].filter(
    ({ name, zombie }) => /^tmux\b/.test(name) && !isTmuxServer(name) && !zombie,
  );
  return clients.find(({ pid }) => argumentsOf(pid)?.includes(launcher))?.pid;
}
