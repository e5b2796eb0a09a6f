import { interrupt } from "../api/interrupt.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchesOperand, targetOptions, targetsInput, tellOfNobody } from "./targets.ts";

export default defineFleetCommand({
  name: "interrupt",
  args: { branches: branchesOperand, ...targetOptions },
  details: ["The agents stay in their sessions. The command returns once they are seen to be idle."],
  examples: [{ command: "fleet interrupt fix-42", explanation: "stop what an agent is doing" }],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const targets = targetsInput(args, invocation);
    const { agents, failures } = await interrupt(fleet, targets);
    if (agents.length + failures.length === 0) tellOfNobody(application, targets);
    if (application.json) application.answerJson({ agents, failures });
    else {
      application.answer(
        aligned(agents.map(({ branch, outcome, reason }) => [`  ${branch}`, outcome, oneLine(reason ?? "")])),
      );
    }
    return failures.length === 0 ? 0 : 1;
  },
});
