import { installSkill } from "../../fleet/skill/skill.ts";
import { aligned } from "../../output/aligned.ts";
import { defineFleetCommand } from "../definition.ts";
import { agentOperand, chosenPlaces } from "./places.ts";

export default defineFleetCommand({
  name: "skill install",
  args: agentOperand,
  details: [
    "Writes one file into the home of the agent CLI, from where it is read in every repository: it says how to fan out, wait, compare and take. " +
      "Installing it again renews it; a file of that name that fleet has not written is left alone.",
  ],
  examples: [{ command: "fleet skill install claude", explanation: "for Claude Code" }],
  async run({ agent }, { application }) {
    const fleet = await application.openFleet();
    const places = chosenPlaces(fleet, agent);
    for (const place of places) installSkill(place);
    if (application.json) application.answerJson({ skills: places });
    else application.answer(aligned(places.map(({ agent: name, path }) => [`  ${name}`, path])));
    application.narration.note("To take it away again, run fleet skill remove");
    return 0;
  },
});
