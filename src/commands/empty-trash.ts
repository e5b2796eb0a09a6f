import { emptyingCommand, expiredTrees } from "../fleet/worktree/kept-trees.ts";
import { emptyTrash, giveUpTrees } from "../fleet/worktree/removal.ts";
import { defineFleetCommand } from "./definition.ts";

/** What every command that changes something starts and nobody waits for: the worktrees of killed agents go when their time is over. */
export default defineFleetCommand({
  name: emptyingCommand,
  args: {},
  async run(_, { application }) {
    const fleet = await application.openFleet();
    await giveUpTrees(fleet, expiredTrees(fleet, new Date()));
    emptyTrash(fleet);
    return 0;
  },
});
