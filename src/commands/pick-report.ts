import type { Picked } from "../fleet/operations/pick/pick.ts";
import { type Attempt, standing } from "../fleet/review/compare.ts";
import type { Untested } from "../fleet/review/junit.ts";
import { rankingRule } from "../fleet/review/ranking.ts";
import { pullText } from "./pull-view.ts";

/** A race that is over. */
interface RaceStory {
  /** Those between whom it was decided, the best first. */
  readonly attempts: readonly Attempt[];
  /** Who was out of it before, and why. */
  readonly out: readonly Untested[];
  readonly winner: Attempt | undefined;
  readonly why: string;
  readonly picked: Picked | undefined;
}

/** The story of a race in Markdown: who took part, who won and why, and what became of the others. */
export function pickReport({ attempts, out, winner, why, picked }: RaceStory): string {
  const rows = attempts.map((attempt, index) => {
    const { test, lines, conflicts } = standing(attempt);
    const cells = [
      ...[String(index + 1), attempt.entry.branch, attempt.entry.agent, test ?? "not run"],
      ...[conflicts ? attempt.conflicts.join(", ") : "none", String(attempt.changes.length), String(lines)],
      attempt.cost.dollars === undefined ? "" : `$${attempt.cost.dollars.toFixed(2)}`,
    ];
    return `| ${cells.map(escaped).join(" | ")} |`;
  });
  const taken = picked === undefined ? [] : ["", takenLine(picked)];
  const others = [
    ...(picked?.ended ?? []).map(({ entry, ended }) => `- ${escaped(entry.branch)}: ${fate(ended)}`),
    ...out.map((one) => `- ${escaped(outOfRace(one))}`),
  ];
  const ranking = [
    "| | attempt | agent | tests | conflicts | files | lines | cost |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
    rankingRule,
  ];
  return [
    `# ${winner === undefined ? "No attempt was taken" : `${escaped(winner.entry.branch)} was taken`}`,
    "",
    why,
    ...(rows.length === 0 ? [] : ["", ...ranking]),
    ...taken,
    ...(others.length === 0 ? [] : ["", ...others]),
    "",
  ].join("\n");
}

/** What is said of one that was out of a race. */
export function outOfRace({ branch, why }: Untested): string {
  return `${branch} is out of the race: it ${why}`;
}

function takenLine({ taken }: Picked): string {
  if ("pull" in taken)
    return `${escaped(pullText(taken.pull.record))}: <${taken.pull.record.url.replace(/[<>\s]/g, "")}>`;
  const { target, new: now, old } = taken.merge.merged;
  return `${escaped(target)} is at ${now}, was at ${old}.`;
}

function fate(ended: boolean | "soon"): string {
  return ended === false ? "kept" : "ended; fleet restore brings it back";
}

/** A cell is one line, and what others named is no markup. */
function escaped(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\|<>*_`[\]]/g, "\\$&");
}
