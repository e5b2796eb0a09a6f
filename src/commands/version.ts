import { build, describeBuild } from "../system/build.ts";
import { defineFleetCommand } from "./definition.ts";

export default defineFleetCommand({
  name: "version",
  args: {},
  details: ["Prints what fleet --version prints; with --json also the commit, its date and what it was compiled for."],
  examples: [{ command: "fleet version --json", explanation: "all that a bug report needs to say of the program" }],
  async run(_, { application }) {
    if (application.json) application.answerJson({ fleet: build });
    else application.answer([`fleet ${describeBuild(build)}`]);
    return 0;
  },
});
