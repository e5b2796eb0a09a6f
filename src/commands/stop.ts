import { stopAgents } from "../fleet/operations/stop/stop.ts";
import { aligned } from "../output/aligned.ts";
import { confirmEnding } from "./confirm.ts";
import { defineFleetCommand } from "./definition.ts";
import { jsonFailure } from "./json-failure.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "stop",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    yes: { type: "boolean", alias: "y", description: "do not ask" },
  },
  details: ["Everything an agent has started is ended with it. Its last screen stays readable with fleet logs."],
  examples: [{ command: "fleet stop fix-42", explanation: "end an agent, keep its work as it is" }],
  async run(args, { application, operands, repeated }) {
    const fleet = await application.openFleet();
    const selection = await chosenAgents(fleet, args, { operands, repeated }, false);
    await confirmEnding(application, fleet, selection, { verb: "stop", yes: args.yes === true });
    const results = await stopAgents(fleet, selection.entries);
    const failures = results.filter(({ stopped }) => !stopped);
    if (application.json) {
      application.answerJson({
        agents: results.map(({ entry, stopped, why }) => ({
          ...entry,
          outcome: stopped ? "stopped" : "kept",
          reason: why ?? null,
        })),
        failures: failures.map(({ entry, why }) => jsonFailure(entry.branch, { kind: "failed", message: why })),
      });
    } else {
      application.answer(
        aligned(
          results.map(({ entry, stopped, why }) => [`  ${entry.branch}`, stopped ? "stopped" : "kept", why ?? ""]),
        ),
      );
    }
    return failures.length === 0 ? 0 : 1;
  },
});
