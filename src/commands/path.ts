import { chooseAgent } from "../api/targets.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "path",
  args: { branch: branchOperand },
  examples: [{ command: 'cd "$(fleet path fix-42)"', explanation: "go to the worktree of an agent" }],
  async run({ branch }, { application }) {
    const entry = await chooseAgent(await application.openFleet({ looks: true }), branch);
    if (application.json) application.answerJson({ agents: [{ branch: entry.branch, worktree: entry.worktree }] });
    else application.answer([entry.worktree]);
    return 0;
  },
});
