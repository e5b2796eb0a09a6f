import { diffOfChosen, pairOf } from "../api/diff.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { isWorktreeGone, showDiffBetween, showDiffOf, worktreeGone } from "../fleet/review/diff.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Application } from "./application.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions, targetsInput } from "./targets.ts";

/** Whoever asks on a command line reads all of it, or cuts it. */
const wholePatch = Number.MAX_SAFE_INTEGER;

export default defineFleetCommand({
  name: "diff",
  args: {
    branches: branchesOperand,
    ...targetOptions,
    stat: { type: "boolean", description: "sizes of the changes by file" },
    "name-only": { type: "boolean", description: "names of the changed files" },
  },
  details: [
    "From the commit the agent started at to its working tree now: committed or not, untracked files included. Printed as git does, " +
      "with its colours and pager on a terminal.",
    "Two branches are compared with each other: what would change if the work of the first became that of the second.",
  ],
  examples: [
    { command: "fleet diff fix-42 --stat", explanation: "what an agent has changed, in short" },
    { command: "fleet diff auth-A1 auth-A3", explanation: "what sets two attempts apart" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet({ looks: true });
    const { entries } = await chosenAgents(fleet, args, invocation, true, { away: "fetched" });
    const pair = pairOf(entries, invocation.operands);
    if (application.json) {
      const answer = await diffOfChosen(fleet, entries, {
        ...targetsInput(args, invocation),
        patch: args.stat !== true && args["name-only"] !== true,
        patch_limit: wholePatch,
        between: pair !== undefined,
      });
      application.answerJson(answer);
      return answer.failures.length === 0 ? 0 : 1;
    }
    const options = [...(args.stat === true ? ["--stat"] : []), ...(args["name-only"] === true ? ["--name-only"] : [])];
    if (pair !== undefined) return (await showDiffBetween(fleet, pair, options)) === 0 ? 0 : 1;
    return showEach(application, fleet, entries, options);
  },
});

async function showEach(
  { narration }: Application,
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: readonly string[],
): Promise<CommandResult> {
  const gone = entries.filter((entry) => isWorktreeGone(fleet, entry));
  let done = gone.length === 0;
  for (const entry of entries.filter((agent) => !gone.includes(agent))) {
    if (entries.length > 1) narration.note(`${entry.branch}:`);
    if ((await showDiffOf(fleet, entry, options)) !== 0) done = false;
  }
  if (entries.length === 1 && gone[0] !== undefined) throw worktreeGone(gone[0]);
  for (const entry of gone) {
    const { message, hint } = worktreeGone(entry);
    narration.warning(`${message}; ${hint}`);
  }
  return done ? 0 : 1;
}
