import { readdirSync } from "node:fs";
import { isRealDirectory } from "../system/files.ts";
import type { StatePlaces } from "./places.ts";

/** The ids of all agents that something is kept of, killed ones too; what else lies beside them is no agent. */
export function keptIds(places: StatePlaces): string[] {
  if (!isRealDirectory(places.agentsRoot)) return [];
  return readdirSync(places.agentsRoot).filter((name) => /^[0-9a-f]{8}$/.test(name));
}
