import { costAsJson } from "../api/cost.ts";
import { FleetError } from "../errors.ts";
import { filterAgents } from "../fleet/choose/selection.ts";
import { priceTableDate } from "../fleet/cost/prices.ts";
import {
  type AgentCost,
  agentCosts,
  type CostRow,
  costRows,
  everyAgent,
  type Grouping,
  groupings,
  quotas,
} from "../fleet/cost/report.ts";
import { currentRepositoryRoot } from "../fleet/fleet.ts";
import { table } from "../output/table.ts";
import { oneLine } from "../output/text.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { costCells, costColumns, costCsv, costNotes, totalOf, totalText } from "./cost-view.ts";
import { defineFleetCommand } from "./definition.ts";
import { sinceOption } from "./durations.ts";
import { quotaAsJson, quotaLine } from "./quota-view.ts";
import { branchesOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "cost",
  args: {
    branches: { ...branchesOperand, description: "names, globs or batches; else all agents here, killed ones too" },
    by: { type: "enum", options: [...groupings], description: "what to add up by; else by agent" },
    since: { type: "string", valueHint: "WHEN", description: "only what was used since: 2d, 12h, 2026-11-01" },
    csv: { type: "boolean", description: "comma-separated values" },
    "all-repos": { type: "boolean", alias: "A", description: "agents of all repositories" },
  },
  details: [
    "Read from what the agents write down themselves: each answer of a model counts once, whatever was retried, resumed, compacted, " +
      "forked or given to agents of the agent. INPUT is what was not cached, CACHED what was read from a cache, WRITTEN what was written to one.",
    'Money is at the prices of the API on the day of the price table; a table [prices."MODEL"] in config.toml comes first. A model ' +
      "without a price has tokens and no money. What killed agents used stays known until fleet prune forgets them.",
  ],
  examples: [
    { command: "fleet cost", explanation: "what each agent of this repository has used" },
    { command: "fleet cost -A --by day --since 7d", explanation: "the last week, all repositories" },
    { command: "fleet cost 'auth-*' --by model --csv", explanation: "for a spreadsheet" },
  ],
  async run(args, { application, operands }) {
    if (args.csv === true && application.json) {
      throw new FleetError("usage", "--csv and --json are two forms of the same answer", { hint: "leave one out" });
    }
    const since = args.since === undefined ? undefined : sinceOption("--since", args.since, new Date());
    const by = args.by ?? "agent";
    const fleet = await application.openFleet();
    const root = args["all-repos"] === true ? undefined : await currentRepositoryRoot(fleet);
    const known = everyAgent(fleet).filter(({ repo }) => root === undefined || repo === root);
    const costs = agentCosts(fleet, filterAgents(known, operands), since);
    const report: Report = { by, since, rows: costRows(fleet, costs, by), costs };
    if (application.json) application.answerJson(reportAsJson(report));
    else if (args.csv === true) application.answerForeign(costCsv(report.rows, by));
    else {
      const width = isTerminal(1) ? terminalColumns() : undefined;
      if (report.rows.length > 0) application.answer(table(costColumns(by), report.rows.map(costCells), width));
      for (const line of notesOf(report)) application.narration.note(line);
    }
    return warnOfProblems(application, costs);
  },
});

function warnOfProblems({ narration }: Application, costs: readonly AgentCost[]): 0 | 1 {
  const problems = costs.flatMap(({ entry, usage }) => usage.problems.map((problem) => `${entry.branch}: ${problem}`));
  for (const problem of problems) narration.warning(oneLine(problem));
  return problems.length === 0 ? 0 : 1;
}

interface Report {
  readonly by: Grouping;
  readonly since: Date | undefined;
  readonly rows: readonly CostRow[];
  readonly costs: readonly AgentCost[];
}

function reportAsJson(report: Report): Readonly<Record<string, unknown>> {
  const { by, since, rows, costs } = report;
  const total = totalOf(rows, agentsIn(report));
  return {
    by,
    since: since?.toISOString() ?? null,
    rows: rows.map((row) => ({ [by]: row.key, agents: row.agents, ...costAsJson(row) })),
    total: { agents: total.agents, ...costAsJson(total) },
    prices_date: priceTableDate,
    quotas: quotas(costs).map(({ agent, quota }) => ({ agent, ...quotaAsJson(quota) })),
  };
}

function notesOf(report: Report): string[] {
  const { rows, costs } = report;
  if (rows.length === 0) return ["nothing was used, as far as agents have written it down"];
  const total = totalOf(rows, agentsIn(report));
  const limits = quotas(costs).map(({ agent, quota }) => quotaLine(agent, quota, new Date()));
  return [totalText(total), ...costNotes(total, priceTableDate), ...limits];
}

function agentsIn({ costs }: Report): number {
  return costs.filter(({ usage }) => usage.groups.length > 0).length;
}
