import { build } from "../system/build.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "upgrade",
  args: {
    version: {
      type: "positional",
      required: false,
      valueHint: "VERSION",
      description: "this one instead of the newest",
    },
    uninstall: {
      type: "boolean",
      excludes: ["version"],
      description: "remove the program, its manual pages and its completions",
    },
  },
  details: [
    "Downloads the release, checks it, and renames it into place; running agents are not touched. This is the only command " +
      "that asks the network about fleet itself, and only when you type it.",
    "It works for a fleet that was installed with install.sh. One that a package manager installed is upgraded by that.",
  ],
  examples: [
    { command: "fleet upgrade", explanation: "to the newest release" },
    { command: "fleet upgrade --uninstall", explanation: "remove fleet; agents and ~/.ai_fleet stay" },
  ],
  async run(args, { application }) {
    const { upgrade } = await import("../fleet/upgrade/upgrade.ts");
    const { said } = await upgrade({
      program: process.execPath,
      address: build.address,
      environment: application.environment,
      cancelled: application.cancelled,
      to: args.uninstall === true ? "remove" : { version: args.version },
    });
    if (application.json) application.answerJson({ said });
    else for (const line of said) application.narration.note(line);
    return 0;
  },
});
