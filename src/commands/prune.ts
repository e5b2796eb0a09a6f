import { findPrunable, prune } from "../fleet/operations/prune/prune.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
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
    "What can go: agents that do not run, in clean worktrees, with branches that are merged; what was kept of killed agents for longer " +
      "than keep_killed; worktrees whose deletion was interrupted. Without -y nothing is removed.",
  ],
  examples: [
    { command: "fleet prune", explanation: "look" },
    { command: "fleet prune -y", explanation: "clean up" },
  ],
  async run(args, { application }) {
    const fleet = await application.openFleet();
    if (args.yes === true) await settleDeadOperations(fleet);
    const prunable = await findPrunable(fleet, new Date(), { trash: args.trash === true });
    const kept = args.yes === true ? await prune(fleet, prunable) : [];
    if (application.json) {
      application.answerJson({
        dry_run: args.yes !== true,
        prunable: prunable.map(({ kind, name, why }) => ({ kind, name, reason: why })),
        failures: kept.map((message) => ({ kind: "kept", message, hint: null })),
      });
    } else {
      application.answer(aligned(prunable.map(({ name, why }) => [`  ${oneLine(name)}`, oneLine(why)])));
      for (const line of kept) application.narration.note(`kept: ${line}`);
      if (prunable.length === 0) application.narration.note("nothing to prune");
      else if (args.yes !== true) application.narration.note("nothing was removed; to do it, run fleet prune -y");
    }
    return kept.length === 0 ? 0 : 1;
  },
});
