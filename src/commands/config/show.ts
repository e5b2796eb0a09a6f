import type { Config } from "../../config/config.ts";
import { configForRepository, type Origin } from "../../config/load.ts";
import { examineBrought } from "../../fleet/consent.ts";
import { currentRepositoryRoot } from "../../fleet/fleet.ts";
import { aligned } from "../../output/aligned.ts";
import { oneLine } from "../../output/text.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config show",
  args: {},
  details: [
    "The values that hold where you are: flags aside, environment variables come first, then the table of the repository in " +
      "config.toml, then its own .ai_fleet.toml if you have accepted it, then the rest of config.toml.",
  ],
  examples: [{ command: "fleet config show", explanation: "every value and where it comes from" }],
  async run(_, { application }) {
    const fleet = await application.openFleet();
    const root = await currentRepositoryRoot(fleet);
    const brought = root === undefined ? undefined : await examineBrought(fleet, root);
    const inEffect = brought?.accepted === true ? brought.settings : undefined;
    const { config, origins } = configForRepository(fleet.settings, root, inEffect);
    const keys = Object.keys(config) as (keyof Config)[];
    if (application.json) {
      application.answerJson({
        config,
        origins: Object.fromEntries(keys.map((key) => [key, originText(origins[key])])),
        repository_file:
          brought === undefined
            ? null
            : { path: brought.file.path, sha256: brought.file.hash, accepted: brought.accepted },
      });
    } else {
      application.answer(
        aligned(keys.map((key) => [key, oneLine(JSON.stringify(config[key]) ?? "none"), originText(origins[key])])),
      );
    }
    if (brought?.accepted === false && !application.json) {
      application.narration.warning(`${brought.file.path} is not accepted, so nothing of it is used`);
      application.narration.note("    to look at it and accept it, run fleet config trust");
    }
    return 0;
  },
});

function originText(origin: Origin | undefined): string {
  switch (origin?.kind) {
    case "file":
      return origin.line === undefined ? origin.file : `${origin.file}:${origin.line}`;
    case "repository":
      return `${origin.file}${origin.line === undefined ? "" : `:${origin.line}`}, [repo.${JSON.stringify(origin.table)}]`;
    case "environment":
      return `$${origin.variable}`;
    case "default":
    case undefined:
      return "default";
  }
}
