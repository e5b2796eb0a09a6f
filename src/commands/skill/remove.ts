import { isInstalled, removeSkill } from "../../fleet/skill/skill.ts";
import { aligned } from "../../output/aligned.ts";
import { defineFleetCommand } from "../definition.ts";
import { agentOperand, placesFor } from "./places.ts";

export default defineFleetCommand({
  name: "skill remove",
  args: agentOperand("for this one; else for all that have it"),
  details: ["Removes the file that fleet skill install has written, and nothing else."],
  examples: [{ command: "fleet skill remove", explanation: "for all agent CLIs" }],
  async run({ agent }, { application }) {
    const fleet = await application.openFleet();
    const places = placesFor(fleet, agent);
    const removed = (agent === undefined ? places.filter(isInstalled) : places).filter(removeSkill);
    if (application.json) application.answerJson({ skills: removed });
    else application.answer(aligned(removed.map(({ agent: name, path }) => [`  ${name}`, path])));
    if (removed.length === 0) application.narration.note("there was none");
    return 0;
  },
});
