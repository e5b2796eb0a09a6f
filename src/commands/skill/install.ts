import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { installSkill, type PlacedSkill } from "../../fleet/skill/skill.ts";
import { aligned } from "../../output/aligned.ts";
import { findProgram } from "../../system/exec.ts";
import { defineFleetCommand } from "../definition.ts";
import { agentOperand, placesFor } from "./places.ts";

export default defineFleetCommand({
  name: "skill install",
  args: agentOperand("for this one; else for all that are installed"),
  details: [
    "Writes one file into the home of the agent CLI, from where it is read in every repository: it says how to fan out, wait, compare and take. " +
      "Installing it again renews it; a file of that name that fleet has not written is left alone.",
  ],
  examples: [{ command: "fleet skill install claude", explanation: "for Claude Code" }],
  async run({ agent }, { application }) {
    const fleet = await application.openFleet();
    const places = agent === undefined ? ofInstalled(fleet) : placesFor(fleet, agent);
    for (const place of places) installSkill(place);
    if (application.json) application.answerJson({ skills: places });
    else application.answer(aligned(places.map(({ agent: name, path }) => [`  ${name}`, path])));
    application.narration.note("To remove it, run fleet skill remove");
    return 0;
  },
});

/** The places of the agent CLIs that are installed. Throws FleetError `missing-tool` when none is. */
function ofInstalled(fleet: Fleet): PlacedSkill[] {
  const all = placesFor(fleet, undefined);
  const installed = all.filter(({ agent }) => findProgram(agent, fleet.environment) !== undefined);
  if (installed.length > 0) return installed;
  const names = all.map(({ agent }) => agent).join(" and ");
  throw new FleetError("missing-tool", `none of the agents that read skills is installed: ${names}`, {
    hint: `to write it all the same, name one: fleet skill install ${all[0]?.agent}`,
  });
}
