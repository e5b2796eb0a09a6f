import type { AgentEntry } from "../../state/entry.ts";
import { isRealDirectory } from "../../system/files.ts";
import { branchesAt } from "../../system/git/branches.ts";
import { commitsAhead } from "../../system/git/changes.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import { type Observation, observeAgents } from "./observe.ts";
import { statusWords } from "./status.ts";
import { measureUsage, type Usage } from "./usage.ts";

/** An agent as a list shows it. */
export interface ListedAgent extends Observation {
  readonly usage: Usage;
  /** Commits on its branch that its base has not; `undefined` when git cannot tell. */
  readonly ahead: number | undefined;
}

/** Looks at agents and what they use, those first that need the user, then the newest first. */
export async function listAgents(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  shared: boolean,
): Promise<ListedAgent[]> {
  const counting = countAhead(fleet, entries);
  const [observations, ahead] = await Promise.all([observeAgents(fleet, entries), counting]);
  const usage = await measureUsage(statePlaces(fleet), observations, shared);
  const nothing: Usage = { cpuPercent: null, memoryBytes: null, memoryPercent: null };
  return observations
    .map((observation) => ({
      ...observation,
      usage: usage.get(observation.entry.id) ?? nothing,
      ahead: ahead.get(observation.entry.id),
    }))
    .sort(byUrgency);
}

/** Agents of the same moment stay in the order they were made in. */
function byUrgency(a: ListedAgent, b: ListedAgent): number {
  return (
    statusWords.indexOf(a.status.word) - statusWords.indexOf(b.status.word) ||
    Date.parse(b.entry.created_at) - Date.parse(a.entry.created_at)
  );
}

/** One look at the branches of each repository, and one at the commits where a branch has moved. */
async function countAhead(fleet: Fleet, entries: readonly AgentEntry[]): Promise<Map<string, number>> {
  const byRepository = [...Map.groupBy(entries, ({ repo }) => repo)];
  const counts = await Promise.all(byRepository.map(([repository, agents]) => countIn(fleet, repository, agents)));
  return new Map(counts.flat());
}

async function countIn(fleet: Fleet, repository: string, agents: readonly AgentEntry[]): Promise<[string, number][]> {
  if (!isRealDirectory(repository)) return [];
  const place = gitAt(fleet, repository);
  const branches = await branchesAt(
    place,
    agents.map(({ branch }) => branch),
  );
  const known = agents.flatMap((entry) => {
    const tip = branches.get(entry.branch)?.commit;
    return tip === undefined ? [] : [{ id: entry.id, tip, base: entry.base }];
  });
  const ahead = await commitsAhead(place, known);
  return known.map(({ id, tip }): [string, number] => [id, ahead.get(tip) ?? 0]);
}
