import { knownAgents } from "../agents/catalog.ts";
import { currentRepository, currentRepositoryRoot, type Fleet, gitAt, statePlaces } from "../fleet/fleet.ts";
import { readRegistry } from "../state/registry.ts";
import { branchesAt } from "../system/git/branches.ts";
import { defineFleetCommand } from "./definition.ts";

/** Words for the completion scripts, one per line. What cannot be found out offers nothing: completing must never complain. */
export default defineFleetCommand({
  name: "__complete",
  args: { kind: { type: "positional", valueHint: "KIND", description: "targets, agents or branches" } },
  async run({ kind }, { application }) {
    const fleet = await application.openFleet();
    application.answer([...new Set(await words(fleet, kind).catch(() => []))]);
    return 0;
  },
});

async function words(fleet: Fleet, kind: string): Promise<string[]> {
  switch (kind) {
    case "targets": {
      const repository = await currentRepositoryRoot(fleet);
      const entries = readRegistry(statePlaces(fleet)).filter(
        ({ repo }) => repository === undefined || repo === repository,
      );
      return entries.flatMap(({ branch, batch_id: batch }) => [branch, batch]);
    }
    case "agents":
      return knownAgents(fleet.settings.config.agents).map(({ name }) => name);
    case "branches": {
      const { commonDirectory } = await currentRepository(fleet);
      return [...(await branchesAt(gitAt(fleet, commonDirectory), [""])).keys()];
    }
    default:
      return [];
  }
}
