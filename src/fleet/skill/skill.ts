import { mkdirSync, rmdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { builtInAgents } from "../../agents/catalog.ts";
import { FleetError } from "../../errors.ts";
import { exists, readTextIfExists, replaceFile } from "../../system/files.ts";
import type { Fleet } from "../fleet.ts";
import text from "./SKILL.md" with { type: "text" };

/** What an agent reads that is to lead a fleet. */
export const skillText = text;

/** A file with this line is ours; another of the same name is somebody's own. */
const ourLine = "<!-- written by fleet skill install";

/** As everything else in these folders is. */
const readableByAll = 0o644;

/** A skill of ours for one agent CLI. */
export interface PlacedSkill {
  readonly agent: string;
  readonly path: string;
}

/** The agent CLIs that read skills from their home, and where this one would be. */
export function skillPlaces({ environment }: Pick<Fleet, "environment">): PlacedSkill[] {
  return builtInAgents.flatMap(({ name, skills }) =>
    skills === undefined ? [] : [{ agent: name, path: join(skills(environment), "fleet/SKILL.md") }],
  );
}

/** Writes the skill for one agent CLI, or in its place when it is ours. Throws FleetError `failed` for a file that is not. */
export function installSkill({ path }: PlacedSkill): void {
  requireOurs(path);
  mkdirSync(dirname(path), { recursive: true });
  replaceFile(path, skillText, readableByAll);
}

/** Whether the skill is there, and not somebody's own file. */
export function isInstalled({ path }: Pick<PlacedSkill, "path">): boolean {
  return readTextIfExists(path)?.includes(ourLine) === true;
}

/** Removes the skill; false when there was none. Throws FleetError `failed` for a file that is not ours. */
export function removeSkill({ path }: PlacedSkill): boolean {
  requireOurs(path);
  if (!exists(path)) return false;
  rmSync(path);
  removeIfEmpty(dirname(path));
  return true;
}

function requireOurs(path: string): void {
  if (!exists(path) || isInstalled({ path })) return;
  throw new FleetError("failed", `${path} is there, and fleet did not write it`, {
    hint: `move it away, then run it again: mv ${dirname(path)} ${dirname(path)}.mine`,
  });
}

/** What somebody put beside it stays. */
function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOTEMPTY") throw error;
  }
}
