import { type CostReport, costAnswer, costReport } from "../api/cost.ts";
import { groupings } from "../fleet/cost/report.ts";
import { table } from "../output/table.ts";
import { oneLine } from "../output/text.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import { costCells, costColumns, costCsv, costNotes, totalText } from "./cost-view.ts";
import { defineFleetCommand } from "./definition.ts";
import { sinceOption } from "./durations.ts";
import { quotaLine } from "./quota-view.ts";
import { silences } from "./silences.ts";
import { branchesOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "cost",
  args: {
    branches: { ...branchesOperand, description: "names, globs or batches; else all agents here, killed ones too" },
    by: { type: "enum", options: [...groupings], description: "what to add up by; else by agent" },
    since: { type: "string", valueHint: "WHEN", description: "only what was used since: today, 2d, 12h, 2026-11-01" },
    csv: { type: "boolean", excludes: ["json"], description: "comma-separated values" },
    "all-repos": { type: "boolean", alias: "A", description: "agents of all repositories" },
  },
  details: [
    "Read from what the agents write down themselves: each answer of a model counts once, whatever was retried, resumed, compacted, " +
      "forked or given to agents of the agent. INPUT is what was not cached, CACHED what was read from a cache, WRITTEN what was written to one.",
    'Money is at the prices of the API on the day of the price table; a table [prices."MODEL"] in config.toml comes first. A model ' +
      "without a price has tokens and no money. Agents on other machines count too; for a host that does not answer, what it last reported counts, and " +
      "the exit code is 1. What killed agents used stays known until fleet prune forgets them. What each agent CLI leaves out: fleet help costs.",
  ],
  examples: [
    { command: "fleet cost", explanation: "what each agent of this repository has used" },
    { command: "fleet cost -A --by day --since 7d", explanation: "the last week, all repositories" },
    { command: "fleet cost 'auth-*' --by model --csv", explanation: "for a spreadsheet" },
  ],
  async run(args, { application, operands }) {
    const since = args.since === undefined ? undefined : sinceOption("--since", args.since, new Date());
    const by = args.by ?? "agent";
    const fleet = await application.openFleet({ looks: true });
    const everywhere = args["all-repos"] === true;
    const report = await costReport(fleet, {
      targets: [...operands],
      all_repositories: everywhere,
      by,
      since,
      hosts: true,
    });
    const { rows, problems, hosts } = report;
    if (application.json) application.answerJson(costAnswer(report));
    else if (args.csv === true) application.answer(costCsv(rows, by));
    else {
      const width = isTerminal(1) ? terminalColumns() : undefined;
      if (rows.length > 0) application.answer(table(costColumns(by), rows.map(costCells), width));
      for (const line of notesOf(report)) application.narration.note(line);
    }
    for (const { branch, message } of problems) application.narration.warning(oneLine(`${branch}: ${message}`));
    for (const silence of silences(hosts)) application.narration.warning(oneLine(silence));
    return problems.length === 0 && hosts.every(({ silent }) => silent === undefined) ? 0 : 1;
  },
});

function notesOf({ rows, total, quotas, pricesDate }: CostReport): string[] {
  if (rows.length === 0) return ["nothing was used, as far as agents have written it down"];
  const limits = quotas.map(({ agent, quota }) => quotaLine(agent, quota, new Date()));
  return [totalText(total), ...costNotes(total, pricesDate), ...limits];
}
