import type { CommandLine, StartRequest } from "../../agents/adapter.ts";
import type { Fleet } from "../fleet.ts";

/** Says what of a repository an agent is started without. */
export function reportKeptOff({ report }: Fleet, { keptOff = [] }: CommandLine, { repository }: StartRequest): void {
  if (keptOff.length === 0) return;
  report({
    kind: "warning",
    text: `off, because you have not accepted it in ${repository}: ${keptOff.join(", ")}`,
  });
}
