import { stopEntries } from "../api/stop.ts";
import { aligned } from "../output/aligned.ts";
import { confirmEnding } from "./confirm.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "stop",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    yes: { type: "boolean", alias: "y", description: "do not ask" },
  },
  details: ["Everything the agent has started ends with it. Its last screen stays readable with fleet logs."],
  examples: [{ command: "fleet stop fix-42", explanation: "end an agent, keep its work as it is" }],
  async run(args, { application, operands, repeated }) {
    const fleet = await application.openFleet();
    const selection = await chosenAgents(
      fleet,
      args,
      { application, operands, repeated },
      { reachesOut: false, away: "known" },
    );
    await confirmEnding(application, fleet, selection, { verb: "stop", yes: args.yes === true });
    const { agents, failures } = await stopEntries(fleet, selection.entries);
    if (application.json) application.answerJson({ agents, failures });
    else
      application.answer(aligned(agents.map(({ branch, outcome, reason }) => [`  ${branch}`, outcome, reason ?? ""])));
    return failures.length === 0 ? 0 : 1;
  },
});
