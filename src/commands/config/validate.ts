import { readBroughtFile } from "../../config/brought.ts";
import { configFile } from "../../config/paths.ts";
import { broughtFindings, type Finding, findings, findingText } from "../../config/validate.ts";
import { type Brought, examineBrought, hasMainCheckout } from "../../fleet/consent.ts";
import { brokenReferences } from "../../fleet/doctor/references.ts";
import { isSettable } from "../../fleet/environment.ts";
import { currentRepositoryRoot } from "../../fleet/fleet.ts";
import { readTextIfExists } from "../../system/files.ts";
import type { Application } from "../application.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config validate",
  args: {},
  details: [
    "Checks config.toml, the environment variables that override it and, in a repository, its .ai_fleet.toml, and lists everything " +
      "that is wrong. There it also looks for what the settings point at: files, directories, the programs of setup commands.",
  ],
  examples: [{ command: "fleet config validate", explanation: "check the configuration before creating agents" }],
  async run(_, { application }) {
    const file = configFile(application.environment);
    const text = readTextIfExists(file);
    const own = text === undefined ? [] : findings(text, file, application.environment);
    const { brought, found }: Checked = own.length === 0 ? await inRepository(application) : { found: own };
    const state = brought === undefined || brought.accepted ? "fine" : "fine, but not accepted yet";
    if (application.json) {
      application.answerJson({ file, repository_file: brought?.file.path ?? null, findings: found });
    } else if (found.length > 0) {
      application.answer(found.map(findingText));
    } else {
      application.answer([`${file}: fine`, ...(brought === undefined ? [] : [`${brought.file.path}: ${state}`])]);
    }
    return found.length === 0 ? 0 : 2;
  },
});

interface Checked {
  readonly brought?: Brought | undefined;
  readonly found: readonly Finding[];
}

/** Checks what the repository brings, and what the settings that would hold with it point at. */
async function inRepository(application: Application): Promise<Checked> {
  const fleet = await application.openFleet();
  const root = await currentRepositoryRoot(fleet);
  if (root === undefined || !hasMainCheckout(root)) return { found: [] };
  const file = readBroughtFile(root);
  const wrong = file === undefined ? [] : broughtFindings(file.text, file.path, isSettable);
  if (wrong.length > 0) return { found: [...wrong, ...(await brokenReferences(fleet, root, undefined))] };
  const brought = await examineBrought(fleet, root);
  return { brought, found: await brokenReferences(fleet, root, brought?.settings) };
}
