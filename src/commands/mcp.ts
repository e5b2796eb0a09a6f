import { build } from "../system/build.ts";
import { standardInputLines } from "../system/terminal.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "mcp",
  args: {
    allow: {
      type: "string",
      valueHint: "NAME,...",
      description: "offer these too: kill, merge, undo_merge, pick, pr, prune, budget",
    },
  },
  details: [
    "For agents that lead a fleet: offers its operations as tools of the Model Context Protocol on standard input and output, for the " +
      "repository that it is started in and no other. It looks, starts, stops, talks, tests, compares and restores; what kills, merges, publishes or " +
      "spends is there only if you allow it, and asks to be confirmed.",
    "Agents that an agent started count as its own, and get its environment: max_depth and max_children in config.toml bound them. When you add it to Codex, name the variables that your agents need: Codex passes almost none on to its servers.",
  ],
  examples: [
    { command: "claude mcp add fleet -- fleet mcp", explanation: "for Claude Code, in a repository" },
    {
      command: "codex mcp add fleet -- fleet mcp --allow merge,kill",
      explanation: "for Codex, which may then take the best",
    },
  ],
  async run({ allow = "" }, { application }) {
    const [{ serveTools }, { environmentOfLeader }] = await Promise.all([
      import("../mcp/server.ts"),
      import("../fleet/life/lineage.ts"),
    ]);
    const fleet = await application.openFleet({ environment: await environmentOfLeader(application.environment) });
    await serveTools(fleet, {
      version: build.version,
      allowed: allow.split(",").filter((name) => name !== ""),
      lines: standardInputLines(),
      write: (line) => application.answer([line]),
    });
    return 0;
  },
});
