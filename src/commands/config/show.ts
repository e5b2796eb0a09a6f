import type { Config } from "../../config/config.ts";
import { configForRepository, type Origin } from "../../config/load.ts";
import { currentRepositoryRoot } from "../../fleet/fleet.ts";
import { aligned } from "../../output/aligned.ts";
import { oneLine } from "../../output/text.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config show",
  args: {},
  details: [
    "The values that hold where you are: flags aside, environment variables come first, then the tables of config.toml.",
  ],
  examples: [{ command: "fleet config show", explanation: "every value and where it comes from" }],
  async run(_, { application }) {
    const fleet = await application.openFleet();
    const { config, origins } = configForRepository(fleet.settings, await currentRepositoryRoot(fleet));
    const keys = Object.keys(config) as (keyof Config)[];
    if (application.json) {
      application.answerJson({
        config,
        origins: Object.fromEntries(keys.map((key) => [key, originText(origins[key])])),
      });
    } else {
      application.answer(
        aligned(keys.map((key) => [key, oneLine(JSON.stringify(config[key]) ?? "none"), originText(origins[key])])),
      );
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
