import { budgetAnswer, budgets } from "../api/budget.ts";
import { budgetText } from "../config/budgets.ts";
import { FleetError } from "../errors.ts";
import { type BudgetState, usedText } from "../fleet/cost/budget.ts";
import { budgetScopes } from "../fleet/cost/budget-file.ts";
import { table } from "../output/table.ts";
import { oneLine } from "../output/text.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchesOperand, targetOptions, targetsInput } from "./targets.ts";

const amount = /^(none|\+?\$?\d+(\.\d+)?\s*(USD|[kmg]|tokens?|[kmg]\s*tokens?)?)$/i;

export default defineFleetCommand({
  name: "budget",
  args: {
    branches: {
      ...branchesOperand,
      valueHint: "BRANCH",
      description: "agents, and last the amount, if it is to change",
    },
    of: { type: "enum", options: [...budgetScopes], description: "whose budget it is; else that of each agent" },
    ...targetOptions,
  },
  details: [
    "Shows what agents may use and have used, or changes it: 5USD or 2M sets it, +2 raises one of dollars by as much, +2M one " +
      "of tokens, none takes it away. An agent " +
      "whose budget is used is interrupted and shows error: budget 5.00 USD used, until the budget is raised. It keeps its work and " +
      "its conversation, and goes on with the next prompt.",
    "A budget is a brake, not a wall: what a model has been asked is paid for. It is kept at every look of list, wait and create --wait, and by " +
      "fleet serve; in Claude Code before every tool too. More: fleet help costs.",
  ],
  examples: [
    { command: "fleet budget", explanation: "what is used, with --all for those of this repository" },
    { command: "fleet budget fix-42 +2", explanation: "two dollars more, for one that had a budget in dollars" },
    { command: "fleet budget fix-42 50USD --of batch", explanation: "for all agents of its batch together" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const last = invocation.operands.at(-1) ?? "";
    const text = amount.test(last) ? last : undefined;
    const words = text === undefined ? invocation.operands : invocation.operands.slice(0, -1);
    const scope = args.of ?? "agent";
    const fleet = await application.openFleet({ looks: text === undefined });
    const isNamed = words.length > 0 || args.batch !== undefined || args.all === true;
    if (text !== undefined && !isNamed) {
      throw new FleetError("usage", "no agent is named whose budget should change", {
        hint: `for all of this repository, run fleet budget --all ${shellWord(text)}`,
      });
    }
    const targets = targetsInput(isNamed ? args : { ...args, all: true }, { ...invocation, operands: words });
    const states = await budgets(fleet, { ...targets, of: scope, amount: text });
    if (application.json) {
      application.answerJson(budgetAnswer(states));
    } else if (states.length > 0) {
      application.answer(table(columns, states.map(cells), isTerminal(1) ? terminalColumns() : undefined));
    } else if (text === undefined || text === "none") {
      application.narration.note("none of them has a budget; to give one, run fleet budget BRANCH 5USD");
    } else {
      application.narration.note("no agents here; for new ones, run fleet create BRANCH -p PROMPT --budget AMOUNT");
    }
    return 0;
  },
});

const columns = [
  { title: "BRANCH", align: "left", least: 14 },
  { title: "OF", align: "left" },
  { title: "USED", align: "right" },
  { title: "BUDGET", align: "right" },
  { title: "", align: "right" },
] as const;

function cells(state: BudgetState): string[] {
  const share = Math.floor((state.used / state.limit.amount) * 100);
  return [oneLine(state.entry.branch), state.scope, usedText(state), budgetText(state.limit), `${share}%`];
}
