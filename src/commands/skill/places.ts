import { FleetError } from "../../errors.ts";
import type { Fleet } from "../../fleet/fleet.ts";
import { type PlacedSkill, skillPlaces } from "../../fleet/skill/skill.ts";
import type { CommandArguments } from "../definition.ts";

/** The operand of the commands about skills; `meaning` says what it is for, and what happens without it. */
export function agentOperand(meaning: string) {
  return {
    agent: { type: "positional", required: false, valueHint: "AGENT", completes: "agents", description: meaning },
  } as const satisfies CommandArguments;
}

/** The place of the skill for the agent CLI that is named, else those of all. Throws FleetError `usage` for one that reads no skills. */
export function placesFor(fleet: Fleet, agent: string | undefined): PlacedSkill[] {
  const all = skillPlaces(fleet);
  const chosen = all.filter((place) => agent === undefined || place.agent === agent);
  if (chosen.length > 0) return chosen;
  const names = all.map((place) => place.agent).join(" and ");
  throw new FleetError("usage", `${agent} reads no skills; ${names} do`, { hint: "see fleet skill install --help" });
}
