import type { Operation } from "../../../state/journal.ts";
import { shellWord } from "../../../system/shell.ts";
import type { Fleet } from "../../fleet.ts";

/** Says how to finish a move that was interrupted. Only the other machine knows how far it came, so nothing is done or undone by guess. */
export async function settleMove(fleet: Fleet, { move }: Operation): Promise<void> {
  if (move === undefined) return;
  const { branch } = move.agent;
  const text = `${branch}: moving it was interrupted; to finish it, run fleet move ${shellWord(branch)} ${move.to}`;
  fleet.report({ kind: "note", text });
}
