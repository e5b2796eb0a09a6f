import type { Picked } from "../fleet/operations/pick/pick.ts";
import { type Attempt, standing } from "../fleet/review/compare.ts";
import { rankingRule } from "../fleet/review/ranking.ts";

/** The story of a race in Markdown: who took part, who won and why, and what became of the others. */
export function pickReport(
  attempts: readonly Attempt[],
  winner: Attempt | undefined,
  why: string,
  picked: Picked | undefined,
): string {
  const rows = attempts.map((attempt, index) => {
    const { test, lines, conflicts } = standing(attempt);
    const cells = [
      ...[String(index + 1), attempt.entry.branch, attempt.entry.agent, test ?? "not run"],
      ...[conflicts ? attempt.conflicts.join(", ") : "none", String(attempt.changes.length), String(lines)],
      attempt.cost.dollars === undefined ? "" : `$${attempt.cost.dollars.toFixed(2)}`,
    ];
    return `| ${cells.map(escaped).join(" | ")} |`;
  });
  const merged = picked?.merge.merged;
  const others = (picked?.ended ?? []).map(({ entry, ended }) => `- ${escaped(entry.branch)}: ${fate(ended)}`);
  return [
    `# ${winner === undefined ? "No attempt was taken" : `${escaped(winner.entry.branch)} was taken`}`,
    "",
    why,
    "",
    "| | attempt | agent | tests | conflicts | files | lines | cost |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    rankingRule,
    ...(merged === undefined ? [] : ["", `${escaped(merged.target)} is at ${merged.new}, was at ${merged.old}.`]),
    ...(others.length === 0 ? [] : ["", ...others]),
    "",
  ].join("\n");
}

function fate(ended: boolean | "soon"): string {
  return ended === false ? "kept" : "ended; fleet restore brings it back";
}

/** A cell is one line, and what others named is no markup. */
function escaped(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\|<>*_`[\]]/g, "\\$&");
}
