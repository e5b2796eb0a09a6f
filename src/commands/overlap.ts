import { overlapAnswer, overlaps } from "../api/overlap.ts";
import { FleetError } from "../errors.ts";
import type { Overlap, Pair } from "../fleet/review/overlap.ts";
import { table } from "../output/table.ts";
import { counted } from "../output/text.ts";
import { pathLine } from "../system/path-line.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchesOperand, targetOptions, targetsInput, tellOfNobody } from "./targets.ts";

export default defineFleetCommand({
  name: "overlap",
  args: { branches: branchesOperand, ...targetOptions },
  details: [
    "Shows which agents touch the same files, which pairs would conflict if they were merged, and an order in which the fewest do. Without a " +
      "name: all agents of this repository. Found without a checkout; unsaved work counts, and nothing is changed. Needs git 2.38.",
  ],
  examples: [
    { command: "fleet overlap", explanation: "who gets in whose way" },
    { command: "fleet overlap 'auth-*' --json", explanation: "the same for programs" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet({ looks: true });
    const targets = targetsInput(args, invocation);
    const found = await overlaps(fleet, targets);
    const unseen = found.flatMap((overlap) => overlap.unseen);
    if (application.json) {
      application.answerJson(overlapAnswer(found));
    } else {
      if (found.length === 0) tellOfNobody(application, targets);
      for (const overlap of found.filter(({ entries }) => entries.length > 0)) show(application, overlap);
      for (const { entry, why, hint = "to see what is there, run fleet list" } of unseen)
        application.narration.failure(entry.branch, new FleetError("failed", why, { hint }));
    }
    return unseen.length === 0 ? 0 : 1;
  },
});

const columns = [
  { title: "AGENT", align: "left" },
  { title: "AGENT", align: "left" },
  { title: "MERGE", align: "left" },
  { title: "FILES", align: "left", least: 12 },
] as const;

function show(application: Application, overlap: Overlap): void {
  const { entries, pairs, order, left, unsaved } = overlap;
  const conflicting = pairs.filter(({ conflicts }) => conflicts.length > 0);
  const sorted = [...conflicting, ...pairs.filter(({ conflicts }) => conflicts.length === 0)];
  const width = isTerminal(1) ? terminalColumns() : undefined;
  if (sorted.length > 0) application.answer(table(columns, sorted.map(row), width));
  const possible = (entries.length * (entries.length - 1)) / 2;
  application.narration.note(
    `${counted(entries.length, "agent")}, ${counted(possible, "pair")}: ${conflicting.length} would conflict, ` +
      `${pairs.length - conflicting.length} touch the same files and merge cleanly.` +
      (unsaved === 0 ? "" : ` Unsaved work of ${unsaved} counts.`),
  );
  if (left.length === 0 || order.length === 0) return;
  const names = (list: Overlap["order"]) => list.map(({ branch }) => shellWord(branch)).join(" ");
  application.narration.note(`Without a conflict: fleet merge ${names(order)}     then conflict: ${names(left)}`);
}

function row({ a, b, shared, conflicts }: Pair): string[] {
  if (conflicts.length > 0) return [a.branch, b.branch, "conflict", conflicts.map(pathLine).join(" ")];
  return [a.branch, b.branch, "clean", shared.map(pathLine).join(" ")];
}
