import { type GitPlace, git, tryGit } from "./command.ts";

/** Work that was begun at a commit and is to go into a branch, as commits. */
export interface Departure {
  readonly head: string;
  readonly base: string;
  readonly target: string;
}

/**
 * Where each head leaves its target, in their order: one process of git for all that simply went on from their bases, and one more for each
 * whose history is not told by that. `undefined` where the two have nothing in common.
 */
export async function mergeBases(place: GitPlace, departures: readonly Departure[]): Promise<(string | undefined)[]> {
  if (departures.length === 0) return [];
  const graph = await graphOf(place, departures);
  const known = new Map<string, Promise<boolean>>();
  const isIn = (base: string, target: string) => {
    const key = `${base} ${target}`;
    const answer = known.get(key) ?? isAncestor(place, base, target);
    known.set(key, answer);
    return answer;
  };
  const ways = new Map<string, Way>();
  const wayOf = (tip: string) => {
    const way = ways.get(tip) ?? walk(graph, tip);
    ways.set(tip, way);
    return way;
  };
  return Promise.all(
    departures.map(async ({ head, base, target }) => {
      const [own, others] = [wayOf(head), wayOf(target)];
      const isApart = own.exits.size === 1 && own.exits.has(base) && own.commits.isDisjointFrom(others.commits);
      // All that the two have in common is behind the base then, so that is the newest of it if it is in the target at all.
      if (isApart && (others.exits.has(base) || (await isIn(base, target)))) return base;
      const result = await tryGit(place, ["merge-base", target, head]);
      return result.exitCode === 0 ? result.stdout.trim() : undefined;
    }),
  );
}

/** The commits that no base has, each with its parents. */
async function graphOf(place: GitPlace, departures: readonly Departure[]): Promise<Map<string, readonly string[]>> {
  const revisions = departures.flatMap(({ head, base, target }) => [head, target, `^${base}`]);
  const text = await git(place, ["rev-list", "--parents", "--ignore-missing", "--stdin"], {
    input: `${[...new Set(revisions)].join("\n")}\n`,
  });
  const rows = text.split("\n").map((line) => line.split(" "));
  return new Map(rows.map(([commit = "", ...parents]) => [commit, parents]));
}

/** A way back in history, up to where the graph ends. */
interface Way {
  readonly commits: Set<string>;
  /** The commits behind its ends, which are not in the graph; a tip that is not in the graph itself is the only one. */
  readonly exits: Set<string>;
}

function walk(graph: ReadonlyMap<string, readonly string[]>, tip: string): Way {
  const way: Way = { commits: new Set(), exits: new Set() };
  const open = [tip];
  for (let commit = open.pop(); commit !== undefined; commit = open.pop()) {
    const parents = graph.get(commit);
    if (parents === undefined) way.exits.add(commit);
    else if (!way.commits.has(commit)) {
      way.commits.add(commit);
      open.push(...parents);
    }
  }
  return way;
}

/** Whether a revision is another one, or an ancestor of it. One that is not here is nobody's. */
export async function isAncestor(place: GitPlace, older: string, newer: string): Promise<boolean> {
  if (older === newer) return true;
  return (await tryGit(place, ["merge-base", "--is-ancestor", older, newer])).exitCode === 0;
}
