import { waitKeepingBudgets } from "../api/budgets.ts";
import { statusEvent } from "../api/wait.ts";
import type { Halt, WaitResult } from "../fleet/watch/wait.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { durationOption } from "./durations.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "wait",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    any: { type: "boolean", description: "return as soon as one of them is done or needs you" },
    timeout: { type: "string", valueHint: "TIME", description: "give up after 90s, 10m, 1h30m ...: exit code 124" },
  },
  details: [
    "Returns when no agent can go on without you. The exit code is 0 when all are idle without error, 1 when one asks, failed, has an " +
      "error, ended badly or was stopped, and 124 when the time ran out. Having been idle since before the last prompt does not count.",
    "With --json every change is one line: an object with branch, status and reason.",
  ],
  examples: [
    { command: 'fleet prompt fix-42 "run the tests" && fleet wait fix-42', explanation: "wait for the answer" },
    { command: "fleet wait auth --timeout 30m", explanation: "wait for a batch" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const timeout = args.timeout === undefined ? undefined : durationOption("--timeout", args.timeout) * 1000;
    const fleet = await application.openFleet({ looks: true });
    const { entries } = await chosenAgents(fleet, args, invocation, { reachesOut: true, away: "known" });
    const result = await waitKeepingBudgets(fleet, entries, {
      any: args.any === true,
      timeoutMilliseconds: timeout,
      onChange(observation) {
        if (!application.json) return;
        application.answer([JSON.stringify({ version: 1, ...statusEvent(observation) })]);
      },
    });
    if (!application.json)
      application.answer(aligned([...result.halts.map(haltLine), ...result.pending.map(pendingLine)]));
    return exitCodeOf(result);
  },
});

function exitCodeOf({ halts, pending }: WaitResult): CommandResult {
  if (pending.length > 0) return 124;
  return halts.every(({ well }) => well) ? 0 : 1;
}

function haltLine({ entry, status, well }: Halt): string[] {
  return [`${well ? " " : "!"} ${entry.branch}`, status.word, oneLine(status.reason ?? "")];
}

function pendingLine({ branch }: WaitResult["pending"][number]): string[] {
  return [`  ${branch}`, "not done yet"];
}
