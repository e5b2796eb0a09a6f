import { inOrder, parted } from "../api/away.ts";
import { agentFailure } from "../api/failure.ts";
import { FleetError } from "../errors.ts";
import { type Execution, executeInAll } from "../fleet/talk/execute.ts";
import { branchPrefix } from "../output/prefix.ts";
import { writeAll } from "../output/streams.ts";
import { harmless } from "../output/text.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "exec",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    outside: { type: "boolean", description: "not in the sandboxes of agents that have one" },
  },
  passthrough: "COMMAND [ARGUMENT...]",
  details: [
    "Runs the command in each worktree, as many at a time as there are cores, without a shell and without input. Each line it prints is " +
      "prefixed with the branch when there are several. The exit code is 0 when all of them ended with 0, else 1.",
  ],
  examples: [
    { command: "fleet exec fix-42 -- git status --short", explanation: "look into one worktree" },
    { command: "fleet exec --all -- npm test", explanation: "test the work of all agents" },
  ],
  async run(args, invocation) {
    const { application, passthrough } = invocation;
    if (passthrough.length === 0) {
      throw new FleetError("usage", "there is no command after --", { hint: "see fleet exec --help" });
    }
    const fleet = await application.openFleet();
    const { entries } = await chosenAgents(fleet, args, invocation, { reachesOut: true, away: "known" });
    const prefix = branchPrefix(entries.map(({ branch }) => branch));
    const printed = new Map<string, string[]>();
    const onLine = ({ branch, id }: { branch: string; id: string }, stream: 1 | 2, line: string) => {
      if (application.json) printed.set(id, [...(printed.get(id) ?? []), line]);
      else writeAll(stream, `${prefix(branch)}${isTerminal(stream) ? harmless(line) : line}\n`);
    };
    const options = { outside: args.outside === true, onLine };
    const { here, away } = parted(fleet, entries);
    const [own, others] = await Promise.all([
      executeInAll(fleet, here, passthrough, options),
      away.length === 0
        ? []
        : (await import("../api/across/execute.ts")).executeAway(fleet, away, passthrough, options),
    ]);
    for (const { entry, lines } of others) for (const line of lines) onLine(entry, 1, line);
    const results = inOrder(entries, [...own, ...others]);
    fleet.cancelled.throwIfAborted();
    return report(application, results, printed);
  },
});

function report(
  application: Application,
  results: readonly Execution[],
  printed: ReadonlyMap<string, readonly string[]>,
): CommandResult {
  const failures = results.filter(({ exitCode }) => exitCode !== 0);
  if (application.json) {
    application.answerJson({
      agents: results.map(({ entry, exitCode }) => ({
        ...entry,
        exit_code: exitCode ?? null,
        lines: printed.get(entry.id) ?? [],
      })),
      failures: failures.map(({ entry, exitCode, why }) =>
        agentFailure(entry.branch, { kind: "failed", message: why ?? `exit code ${exitCode}` }),
      ),
    });
  } else {
    for (const { entry, exitCode, why } of failures)
      application.narration.note(`${entry.branch}: ${why ?? `exit code ${exitCode}`}`);
    if (results.length > 1)
      application.narration.note(`${results.length - failures.length} of ${results.length} ended with 0.`);
  }
  return failures.length === 0 ? 0 : 1;
}
