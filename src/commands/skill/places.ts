import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { type PlacedSkill, skillPlaces } from "../../fleet/skill/skill.ts";
import { findProgram } from "../../system/exec.ts";
import type { CommandArguments } from "../definition.ts";

/** The operand of the commands about skills. */
export const agentOperand = {
  agent: {
    type: "positional",
    required: false,
    valueHint: "AGENT",
    completes: "agents",
    description: "for this one; else for all that are installed",
  },
} as const satisfies CommandArguments;

/** The places of the agent CLI that is named, else of all that are installed. Throws FleetError when there is none. */
export function chosenPlaces(fleet: Fleet, agent: string | undefined): PlacedSkill[] {
  const all = skillPlaces(fleet);
  const names = all.map((place) => place.agent).join(" and ");
  const chosen = all.filter((place) =>
    agent === undefined ? findProgram(place.agent, fleet.environment) !== undefined : place.agent === agent,
  );
  if (chosen.length > 0) return chosen;
  throw agent === undefined
    ? new FleetError("missing-tool", `none of the agents that read skills is installed: ${names}`, {
        hint: `to write it all the same, name one: fleet skill install ${all[0]?.agent}`,
      })
    : new FleetError("usage", `${agent} reads no skills; ${names} do`, { hint: "see fleet skill install --help" });
}
