import { FleetError } from "../../../errors.ts";
import { awayAgents } from "../../../state/away.ts";
import { byEnd, type EndedAgent, endedAgents, whereItIsNow } from "../../../state/ending.ts";
import { otherFleetOf } from "../../../state/marks.ts";
import { readRegistry } from "../../../state/registry.ts";
import type { Repository } from "../../../system/git/repository.ts";
import { type Fleet, statePlaces } from "../../fleet.ts";
import { killedIn } from "../../worktree/killed-mark.ts";

/**
 * The agents that can be brought back, the last killed first: of one repository, or of all. What the repository itself knows counts where
 * the agent's own files are gone, and where the repository has another place now.
 */
export function restorable(fleet: Fleet, repository: Repository | undefined): EndedAgent[] {
  const places = statePlaces(fleet);
  const elsewhere = awayAgents(places).map(({ entry }) => entry);
  const present = new Set([...readRegistry(places), ...elsewhere].map(({ id }) => id));
  const kept = (repository === undefined ? [] : killedIn(repository)).filter(
    ({ entry, ending }) => ending.admin == null || otherFleetOf(ending.admin.place, entry, places) === undefined,
  );
  const known = endedAgents(places).filter(({ entry }) => repository === undefined || entry.repo === repository.root);
  const byId = new Map([...known, ...kept].map((ended) => [ended.entry.id, ended]));
  const now = [...byId.values()].map(({ entry, ending }) => ({ entry, ending: whereItIsNow(places, ending) }));
  return now.filter(({ entry }) => !present.has(entry.id)).sort((a, b) => byEnd(b.ending, a.ending));
}

/**
 * The agent with this branch, or else the one that had gone on under this name, that was killed last. Throws FleetError `failed` when there
 * is none.
 */
export function endedAgent(fleet: Fleet, branch: string, repository: Repository | undefined): EndedAgent {
  const all = restorable(fleet, repository);
  const ended =
    all.find(({ entry }) => entry.branch === branch) ?? all.find(({ ending }) => ending.head_branch === branch);
  if (ended !== undefined) return ended;
  throw new FleetError("failed", `no killed agent called ${branch} is kept here`, {
    hint:
      all.length === 0
        ? "to see the agents that are there, run fleet list"
        : "to see what can come back, run fleet restore",
  });
}

/** The agents that the last kill command ended, wherever it ended them. Throws FleetError `failed` when there was none. */
export function lastKilled(fleet: Fleet): EndedAgent[] {
  const ended = restorable(fleet, undefined);
  const [last] = ended;
  if (last !== undefined) return ended.filter(({ ending }) => ending.operation === last.ending.operation);
  throw new FleetError("failed", "no killed agent is kept here", {
    hint: "to see the agents that are there, run fleet list",
  });
}
