import type { Fleet } from "../../fleet/fleet.ts";
import { scoreIn } from "../../fleet/review/score.ts";
import type { AwayAgent } from "../../state/away.ts";
import { executeAway } from "./execute.ts";

/**
 * The numbers that a line for a shell prints last in the worktrees of agents on other machines, by the ids of these. One whose host cannot
 * do it has none, which is reported. Throws FleetError `failed` when the command fails there or prints no number.
 */
export async function scoresAway(
  fleet: Fleet,
  away: readonly AwayAgent[],
  line: string,
): Promise<ReadonlyMap<string, number>> {
  const scores = new Map<string, number>();
  for (const { entry, exitCode, why, lines } of await executeAway(fleet, away, ["/bin/sh", "-c", line], sandboxed)) {
    if (exitCode !== undefined)
      scores.set(entry.id, scoreIn(entry, { outcome: exitCode === 0 ? "passed" : "failed", line }, lines.join("\n")));
    else
      fleet.report({ kind: "warning", text: `${entry.branch} has no score: ${why ?? "its host said nothing of it"}` });
  }
  return scores;
}

const sandboxed = { outside: false } as const;
