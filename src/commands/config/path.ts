import { configFile } from "../../config/paths.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "config path",
  args: {},
  examples: [{ command: 'less "$(fleet config path)"', explanation: "read the configuration file" }],
  async run(_, { application }) {
    const file = configFile(application.environment);
    if (application.json) application.answerJson({ file });
    else application.answer([file]);
    return 0;
  },
});
