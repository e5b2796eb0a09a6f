import { join } from "node:path";
import { FleetError } from "../errors.ts";
import { gitAt, statePlaces } from "../fleet/fleet.ts";
import { agentFiles } from "../state/places.ts";
import { makePrivateDirectory } from "../system/files.ts";
import { showDiff } from "../system/git/changes.ts";
import { adminDirectory } from "../system/git/worktrees.ts";
import { shellWord } from "../system/shell.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand, chooseAgent } from "./targets.ts";

export default defineFleetCommand({
  name: "diff",
  args: {
    branch: branchOperand,
    stat: { type: "boolean", description: "sizes of the changes by file" },
    "name-only": { type: "boolean", description: "names of the changed files" },
  },
  details: [
    "From the commit the agent started at to its working tree now: committed or not, untracked files included. Printed as git does, " +
      "with its colours and pager on a terminal.",
  ],
  examples: [{ command: "fleet diff fix-42 --stat", explanation: "what an agent has changed, in short" }],
  async run(args, { application }) {
    if (application.json) throw new FleetError("usage", "diff has no JSON form", { hint: "see fleet diff --help" });
    const fleet = await application.openFleet();
    const entry = await chooseAgent(fleet, args.branch);
    const admin = adminDirectory(entry.worktree);
    if (admin === undefined) {
      throw new FleetError("failed", `the worktree of ${entry.branch} is gone: ${entry.worktree}`, {
        hint: `to see what is on its branch, run git diff ${entry.base.slice(0, 7)} ${shellWord(entry.branch)}`,
      });
    }
    const { directory } = agentFiles(statePlaces(fleet), entry.id);
    makePrivateDirectory(directory);
    const options = [...(args.stat === true ? ["--stat"] : []), ...(args["name-only"] === true ? ["--name-only"] : [])];
    const code = await showDiff(
      gitAt(fleet, entry.worktree),
      admin,
      entry.base,
      join(directory, `index-${process.pid}`),
      options,
    );
    return code === 0 ? 0 : 1;
  },
});
