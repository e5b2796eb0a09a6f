import { diff } from "../api/diff.ts";
import { isWorktreeGone, showDiffOf, worktreeGone } from "../fleet/review/diff.ts";
import { defineFleetCommand } from "./definition.ts";
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
  ],
  examples: [{ command: "fleet diff fix-42 --stat", explanation: "what an agent has changed, in short" }],
  async run(args, invocation) {
    const { application } = invocation;
    const fleet = await application.openFleet({ looks: true });
    if (application.json) {
      const isShort = args.stat === true || args["name-only"] === true;
      const answer = await diff(fleet, { ...targetsInput(args, invocation), patch: !isShort, patch_limit: wholePatch });
      application.answerJson(answer);
      return answer.failures.length === 0 ? 0 : 1;
    }
    const { entries } = await chosenAgents(fleet, args, invocation, true);
    const options = [...(args.stat === true ? ["--stat"] : []), ...(args["name-only"] === true ? ["--name-only"] : [])];
    const gone = entries.filter(isWorktreeGone);
    let done = gone.length === 0;
    for (const entry of entries.filter((agent) => !gone.includes(agent))) {
      if (entries.length > 1) application.narration.note(`${entry.branch}:`);
      if ((await showDiffOf(fleet, entry, options)) !== 0) done = false;
    }
    if (entries.length === 1 && gone[0] !== undefined) throw worktreeGone(gone[0]);
    for (const entry of gone) {
      const { message, hint } = worktreeGone(entry);
      application.narration.warning(`${message}; ${hint}`);
    }
    return done ? 0 : 1;
  },
});
