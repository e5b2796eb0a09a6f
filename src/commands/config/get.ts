import { configForRepository } from "../../config/load.ts";
import { nearest } from "../../config/nearest.ts";
import { FleetError } from "../../errors.ts";
import { examineBrought } from "../../fleet/consent.ts";
import { currentRepositoryRoot } from "../../fleet/fleet.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config get",
  args: { key: { type: "positional", valueHint: "KEY", description: "the name of a setting" } },
  details: [
    "Text as it is, and everything else as JSON. The value is the one that holds where you are, as in fleet config show.",
  ],
  examples: [{ command: "fleet config get worktree_root", explanation: "where worktrees are made, for a script" }],
  async run({ key }, { application }) {
    const fleet = await application.openFleet();
    const root = await currentRepositoryRoot(fleet);
    const brought = root === undefined ? undefined : await examineBrought(fleet, root);
    const inEffect = brought?.accepted === true ? brought.settings : undefined;
    const config: Readonly<Record<string, unknown>> = { ...configForRepository(fleet.settings, root, inEffect).config };
    if (!Object.hasOwn(config, key)) throw noSuchKey(key, Object.keys(config));
    const value = config[key];
    if (application.json) application.answerJson({ key, value: value ?? null });
    else application.answer([typeof value === "string" ? value : (JSON.stringify(value) ?? "")]);
    return 0;
  },
});

function noSuchKey(key: string, known: readonly string[]): FleetError {
  const meant = nearest(key, known);
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  return new FleetError("usage", `there is no setting ${JSON.stringify(key)}${question}`, {
    hint: "to see all settings, run fleet config show",
  });
}
