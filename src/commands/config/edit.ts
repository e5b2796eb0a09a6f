import { readOrWriteConfig } from "../../config/file.ts";
import { configFile } from "../../config/paths.ts";
import { findings, findingText } from "../../config/validate.ts";
import { ask } from "../../output/question.ts";
import { readTextIfExists } from "../../system/files.ts";
import { defineFleetCommand } from "../definition.ts";
import { openEditor } from "../editor.ts";

export default defineFleetCommand({
  name: "config edit",
  args: {},
  details: [
    "Opens config.toml in $VISUAL or $EDITOR, checks it afterwards, and offers to go back in when something is wrong.",
  ],
  examples: [{ command: "EDITOR=nano fleet config edit", explanation: "edit the configuration" }],
  async run(_, { application }) {
    const file = configFile(application.environment);
    await readOrWriteConfig(file, application.environment);
    for (;;) {
      await openEditor(application, file);
      const found = findings(readTextIfExists(file) ?? "", file, application.environment);
      if (found.length === 0) return 0;
      for (const finding of found) application.narration.note(findingText(finding));
      if (!(await ask("go back and mend it? [y/N] ", application.cancelled))) return 2;
    }
  },
});
