import { interruptAgent } from "../fleet/talk/interrupt.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import { defineFleetCommand } from "./definition.ts";
import { jsonFailure } from "./json-failure.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "interrupt",
  args: { branches: branchesOperand, ...targetOptions },
  details: ["The agents stay in their sessions and are idle afterwards, which is seen before the command says so."],
  examples: [{ command: "fleet interrupt fix-42", explanation: "stop what an agent is doing" }],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet();
    const { entries } = await chosenAgents(fleet, args, invocation, false);
    const results = await Promise.all(entries.map((entry) => interruptAgent(fleet, entry)));
    const failures = results.filter(({ outcome }) => outcome === "failed");
    if (application.json) {
      application.answerJson({
        agents: results.map(({ entry, outcome, why }) => ({ ...entry, outcome, reason: why ?? null })),
        failures: failures.map(({ entry, why }) => jsonFailure(entry.branch, { kind: "failed", message: why })),
      });
    } else {
      application.answer(
        aligned(results.map(({ entry, outcome, why }) => [`  ${entry.branch}`, outcome, oneLine(why ?? "")])),
      );
    }
    return failures.length === 0 ? 0 : 1;
  },
});
