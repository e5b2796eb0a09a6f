import { skillText } from "../../fleet/skill/skill.ts";
import { defineFleetCommand } from "../definition.ts";

export default defineFleetCommand({
  name: "skill show",
  args: {},
  details: [
    "A file with instructions, as agent CLIs read them: when to start a fleet, how to lead it, and what to leave to a person.",
  ],
  examples: [{ command: "fleet skill show", explanation: "read it" }],
  async run(_, { application }) {
    if (application.json) application.answerJson({ skill: skillText });
    else application.answer(skillText.trimEnd().split("\n"));
    return 0;
  },
});
