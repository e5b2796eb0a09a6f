import { FleetError } from "../../errors.ts";
import { currentRepository, type Fleet, statePlaces } from "../../fleet/fleet.ts";
import { repositoryKey } from "../../fleet/repository-key.ts";
import { type AwayAgent, awayAgents } from "../../state/away.ts";
import { hostsOf } from "./hosts.ts";
import { type Links, withLinks } from "./links.ts";
import { lookAt } from "./survey.ts";

/**
 * The agents of the repository that are on other machines: those that are known here, and those that the hosts themselves know. Of a host
 * that cannot be reached it is what is known here.
 */
export async function knownAgents(
  fleet: Fleet,
): Promise<{ readonly agents: readonly AwayAgent[]; readonly silent: Links["silent"] }> {
  const repository = await currentRepository(fleet);
  const key = await repositoryKey(fleet, repository);
  const silent = await withLinks(
    fleet,
    hostsOf(fleet).map(({ name }) => name),
    async (links) => {
      const looks = await Promise.all(
        links.links.map(async (link) => {
          try {
            await lookAt(fleet, link, repository, key);
            return [];
          } catch (error) {
            if (!(error instanceof FleetError) || fleet.cancelled.aborted) throw error;
            return [{ host: link.host.name, error }];
          }
        }),
      );
      return [...links.silent, ...looks.flat()];
    },
  );
  return { agents: awayAgents(statePlaces(fleet)).filter(({ entry }) => entry.repo === repository.root), silent };
}
