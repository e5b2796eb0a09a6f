import { FleetError } from "../../../errors.ts";
import type { AgentEntry } from "../../../state/entry.ts";
import { type Operation, readJournal } from "../../../state/journal.ts";
import { isRunning } from "../../../system/processes/identity.ts";
import { shellWord } from "../../../system/shell.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";

/** A move that is in the journal. */
export type Move = Operation & Required<Pick<Operation, "move">>;

/** Where to, as it is typed after `fleet move BRANCH`; `host` is absent for this machine. */
export function destinationWords(host: string | undefined): string {
  return host === undefined ? "--here" : `--host ${shellWord(host)}`;
}

/** The command that finds out what became of a move, and finishes it. */
export function finishingMove({ move: { agent, to } }: Pick<Move, "move">): string {
  return `fleet move ${shellWord(agent.branch)} ${to}`;
}

/** The moves of an agent that have not come to an end, as far as the journal of this machine knows. */
export function movesOf(fleet: Fleet, { id }: Pick<AgentEntry, "id">): Move[] {
  return readJournal(statePlaces(fleet)).filter(
    (operation): operation is Move => operation.kind === "move" && operation.move?.agent.id === id,
  );
}

/**
 * Why an agent must not be started on the machine that is named, or on this one: a move has not come to an end, so it may run on another one
 * already. `undefined` when nothing speaks against it. A move of this process knows itself how far it is.
 */
export async function moveInTheWay(
  fleet: Fleet,
  entry: AgentEntry,
  host: string | undefined,
): Promise<FleetError | undefined> {
  for (const operation of movesOf(fleet, entry)) {
    const runs = await isRunning(operation.owner);
    if (!runs && operation.move.to !== destinationWords(host)) return untold(operation);
    if (runs && operation.owner.pid !== process.pid) {
      return new FleetError("failed", `${entry.branch} is just being moved by another fleet`, {
        hint: "to see where it is, run fleet list",
      });
    }
  }
  return undefined;
}

function untold(operation: Move): FleetError {
  const { branch } = operation.move.agent;
  return new FleetError("failed", `${branch} may run on another machine: moving it has not come to an end`, {
    code: "move-untold",
    hint: `to find out and finish it, run ${finishingMove(operation)}; to give the move up, run fleet list --repair --abandon ${operation.id}`,
  });
}
