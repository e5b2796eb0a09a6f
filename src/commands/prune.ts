import { prunable, prune } from "../api/prune.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "prune",
  args: {
    trash: { type: "boolean", description: "also the worktrees of killed agents, before keep_trees is over" },
    yes: { type: "boolean", alias: "y", description: "remove what is shown" },
  },
  details: [
    "What can go: agents that do not run, in clean worktrees, with branches that are merged; branches that a kill had kept, unless you " +
      "said so, and that were merged since; what was kept of killed agents for longer than keep_killed; worktrees whose deletion was " +
      "interrupted. Without -y nothing is removed.",
  ],
  examples: [
    { command: "fleet prune", explanation: "look" },
    { command: "fleet prune -y", explanation: "clean up" },
  ],
  async run(args, { application }) {
    const fleet = await application.openFleet({ looks: args.yes !== true });
    const trash = args.trash === true;
    const answer = args.yes === true ? await prune(fleet, { trash }) : await prunable(fleet, { trash });
    const { prunable: found, failures: kept } = answer;
    if (application.json) application.answerJson(answer);
    else {
      application.answer(aligned(found.map(({ name, reason }) => [`  ${oneLine(name)}`, oneLine(reason)])));
      for (const { message } of kept) application.narration.note(`kept: ${message}`);
      if (found.length === 0) application.narration.note("nothing to prune");
      else if (answer.dry_run) {
        application.narration.note(`nothing was removed; to do it, run fleet prune ${trash ? "--trash " : ""}-y`);
      }
    }
    return kept.length === 0 ? 0 : 1;
  },
});
