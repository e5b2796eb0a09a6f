import { FleetError } from "../errors.ts";
import { shellWord } from "../system/shell.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "cd",
  args: { branch: branchOperand },
  details: [
    "No program can change the directory of its shell, so this is done by the completion script: it works in a shell that has loaded it, as " +
      "fleet help completions says.",
  ],
  examples: [{ command: "fleet cd fix-42", explanation: "go to the worktree of an agent" }],
  async run({ branch }) {
    throw new FleetError("usage", "this shell has not loaded the completions, which fleet cd is a part of", {
      hint: `without them: cd "$(fleet path ${shellWord(branch)})"; to load them, see fleet completions --help`,
    });
  },
});
