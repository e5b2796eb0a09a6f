import { configFile } from "../../config/paths.ts";
import { findings, findingText } from "../../config/validate.ts";
import { readTextIfExists } from "../../system/files.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config validate",
  args: {},
  details: ["Checks config.toml and the environment variables that override it, and lists everything that is wrong."],
  examples: [{ command: "fleet config validate", explanation: "check the configuration before creating agents" }],
  async run(_, { application }) {
    const file = configFile(application.environment);
    const text = readTextIfExists(file);
    const found = text === undefined ? [] : findings(text, file, application.environment);
    if (found.length === 0) await application.openFleet();
    if (application.json) application.answerJson({ file, findings: found });
    else application.answer(found.length === 0 ? [`${file}: fine`] : found.map(findingText));
    return found.length === 0 ? 0 : 2;
  },
});
