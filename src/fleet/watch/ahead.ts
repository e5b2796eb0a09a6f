import { asRefusal, inOneLine } from "../../errors.ts";
import type { AgentEntry } from "../../state/entry.ts";
import { keepLooks, type LookCache, readLooks } from "../../state/look-cache.ts";
import { isRealDirectory } from "../../system/files.ts";
import { tipsOf } from "../../system/git/branches.ts";
import { commitsAhead, type Progress } from "../../system/git/changes.ts";
import { type Fleet, gitAt, statePlaces } from "../fleet.ts";
import type { WorktreeHeads } from "./worktree-heads.ts";

/** Those of so many agents are kept for the next list of a repository. */
const mostAgents = 1000;

/** Where an agent is, and where it started. */
interface AgentProgress extends Progress {
  readonly id: string;
}

/** How many commits agents have that their bases have not. */
export interface AheadCounts {
  /** By agent id; left out are those of whom git cannot tell. */
  readonly commits: ReadonlyMap<string, number>;
  /** Why git cannot tell anything of a repository, by its root. */
  readonly unread: ReadonlyMap<string, string>;
}

/**
 * Counts them with one look at the branches of each repository, and one at the commits where a branch has moved since the last list. A repository
 * that git cannot read hides nothing of the others.
 */
export async function countAhead(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  heads: WorktreeHeads,
): Promise<AheadCounts> {
  const unread = new Map<string, string>();
  const byRepository = [...Map.groupBy(entries, ({ repo }) => repo)];
  const counts = byRepository.map(async ([repository, agents]) => {
    try {
      return await countIn(fleet, repository, agents, heads);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal === undefined || fleet.cancelled.aborted) throw error;
      unread.set(repository, inOneLine(refusal));
      return [];
    }
  });
  return { commits: new Map((await Promise.all(counts)).flat()), unread };
}

async function countIn(
  fleet: Fleet,
  repository: string,
  agents: readonly AgentEntry[],
  heads: WorktreeHeads,
): Promise<[string, number][]> {
  if (!isRealDirectory(repository)) return [];
  // An agent that renamed its branch, or works on another one, is as far as its HEAD is.
  const current = new Map(agents.map((entry) => [entry.id, heads.branchOf(entry) ?? entry.branch]));
  const tips = await tipsOf(gitAt(fleet, repository), [...current.values()]);
  const progress = agents.flatMap(({ id, base }) => {
    const tip = tips.get(current.get(id) ?? "");
    return tip === undefined ? [] : [{ id, tip, base }];
  });
  return countOnce(fleet, repository, progress);
}

/** What was counted before is not counted again where it can never be another number. */
async function countOnce(
  fleet: Fleet,
  repository: string,
  agents: readonly AgentProgress[],
): Promise<[string, number][]> {
  const cache: LookCache<number> = {
    places: statePlaces(fleet),
    repository,
    kind: "ahead",
    most: 2 * mostAgents,
    isFound: (value): value is number => Number.isSafeInteger(value),
  };
  const before = readLooks(cache);
  const known = (progress: Progress) => before.get(keyOf(progress))?.[0];
  const ahead = await commitsAhead(
    gitAt(fleet, repository),
    agents.filter((progress) => known(progress) === undefined),
  );
  const counted = agents.map((progress) => {
    const commits = known(progress);
    return { progress, ...(commits === undefined ? ahead(progress) : { commits, inLine: true }) };
  });
  const lasting = counted.filter(({ progress: { tip, base }, inLine }) => inLine && tip !== base);
  keepLooks(cache, before, new Map(lasting.map(({ progress, commits }) => [keyOf(progress), [commits]])));
  return counted.map(({ progress: { id }, commits }) => [id, commits]);
}

function keyOf({ tip, base }: Progress): string {
  return `${base}..${tip}`;
}
