import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet/fleet.ts";
import type { AgentEntry } from "../state/entry.ts";
import { agentFiles } from "../state/places.ts";
import { makePrivateDirectory } from "../system/files.ts";
import { showDiff } from "../system/git/changes.ts";
import { requireOwnWorkTree } from "../system/git/own-work-tree.ts";
import { adminDirectory } from "../system/git/worktrees.ts";
import { shellWord } from "../system/shell.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

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
    if (application.json) throw new FleetError("usage", "diff has no JSON form", { hint: "see fleet diff --help" });
    const fleet = await application.openFleet({ looks: true });
    const { entries } = await chosenAgents(fleet, args, invocation, true);
    const options = [...(args.stat === true ? ["--stat"] : []), ...(args["name-only"] === true ? ["--name-only"] : [])];
    const gone = entries.filter(({ worktree }) => adminDirectory(worktree) === undefined);
    let done = gone.length === 0;
    for (const entry of entries.filter((agent) => !gone.includes(agent))) {
      if (entries.length > 1) application.narration.note(`${entry.branch}:`);
      if ((await show(fleet, entry, options)) !== 0) done = false;
    }
    if (entries.length === 1 && gone[0] !== undefined) throw worktreeGone(gone[0]);
    for (const entry of gone) {
      const { message, hint } = worktreeGone(entry);
      application.narration.warning(`${message}; ${hint}`);
    }
    return done ? 0 : 1;
  },
});

async function show(fleet: Fleet, entry: AgentEntry, options: readonly string[]): Promise<number> {
  const admin = adminDirectory(entry.worktree);
  if (admin === undefined) throw worktreeGone(entry);
  const { directory } = agentFiles(statePlaces(fleet), entry.id);
  makePrivateDirectory(directory);
  await requireOwnWorkTree(gitAt(fleet, entry.worktree));
  return showDiff(gitAt(fleet, entry.worktree), admin, entry.base, join(directory, `index-${process.pid}`), options);
}

function worktreeGone({ branch, base, worktree }: AgentEntry): FleetError {
  return new FleetError("failed", `the worktree of ${branch} is gone: ${worktree}`, {
    hint: `to see what is on its branch, run git diff ${base.slice(0, 7)} ${shellWord(branch)}`,
  });
}
