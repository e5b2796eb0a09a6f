import { asRefusal, inOneLine } from "../../../errors.ts";
import { type EndedAgent, endedAgents } from "../../../state/ending.ts";
import { readJournal } from "../../../state/journal.ts";
import { readRegistry } from "../../../state/registry.ts";
import { isRealDirectory } from "../../../system/files.ts";
import { type Branch, branchesAt, deleteBranchAt } from "../../../system/git/branches.ts";
import { withInProgress } from "../../../system/git/in-progress.ts";
import { discoverRepository } from "../../../system/git/repository.ts";
import { type Fleet, gitAt, statePlaces } from "../../fleet.ts";
import { mergedWork } from "../../worktree/merged.ts";
import { whileEnded } from "../../worktree/while-ended.ts";

/** The branch of an agent that is gone. */
export interface GoneBranch {
  readonly agent: EndedAgent;
  /** Where it was when it was looked at. */
  readonly commit: string;
}

/**
 * The branches that a kill had left because they held something, and that hold nothing any more: all of it has been merged since. Not those
 * that the user wanted to keep, that were there before the agent, that have moved since the kill, or that are in use.
 */
export async function mergedBranches(fleet: Fleet): Promise<GoneBranch[]> {
  const agents = lastOfEach(endedAgents(statePlaces(fleet))).filter(mayGo);
  const found = [...Map.groupBy(agents, ({ entry }) => entry.repo)].map(async ([root, gone]) => {
    try {
      return await branchesIn(fleet, root, gone);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal === undefined || fleet.cancelled.aborted) throw error;
      const text = `${root} cannot be read, and is left alone: ${inOneLine(refusal)}`;
      const hint = refusal.hint === undefined ? "" : `; ${refusal.hint}`;
      fleet.report({ kind: "warning", text: `${text}${hint}` });
      return [];
    }
  });
  return (await Promise.all(found)).flat();
}

/** Deletes such a branch if it still is one, exactly there; says whether it did. */
export async function dropMerged(fleet: Fleet, { agent, commit }: GoneBranch): Promise<boolean> {
  const { branch, repo } = agent.entry;
  const dropped = await whileEnded(fleet, agent, async () => {
    const [now] = await branchesIn(fleet, repo, [agent]);
    return now?.commit === commit && (await deleteBranchAt(gitAt(fleet, repo), branch, commit));
  });
  return dropped === true;
}

/** A name may have been used by several agents: what the branch holds is of the last. They come the last first. */
function lastOfEach(agents: readonly EndedAgent[]): EndedAgent[] {
  const names = new Map<string, EndedAgent>();
  for (const agent of agents) {
    const name = JSON.stringify([agent.entry.repo, agent.entry.branch]);
    if (!names.has(name)) names.set(name, agent);
  }
  return [...names.values()];
}

/** An agent that an earlier version ended does not say what the user chose. */
function mayGo({ entry, ending }: EndedAgent): boolean {
  return (
    ending.branch_choice === "judge" &&
    !entry.adopted &&
    ending.unborn !== true &&
    ending.unsaved === 0 &&
    ending.head_branch === entry.branch
  );
}

/** Of agents of one repository; none while it is away. */
async function branchesIn(fleet: Fleet, root: string, gone: readonly EndedAgent[]): Promise<GoneBranch[]> {
  const repository = isRealDirectory(root) ? await discoverRepository(gitAt(fleet, root)) : undefined;
  if (repository === undefined) return [];
  const places = statePlaces(fleet);
  const agents = [...readJournal(places).flatMap((operation) => operation.agents), ...readRegistry(places)];
  const taken = new Set(agents.filter(({ repo }) => repo === root).map(({ branch }) => branch));
  const free = gone.filter(({ entry }) => !taken.has(entry.branch));
  const names = free.map(({ entry }) => entry.branch);
  const branches = withInProgress(repository, await branchesAt(gitAt(fleet, root), names));
  const left = free.flatMap((agent): GoneBranch[] => {
    const branch = branches.get(agent.entry.branch);
    return branch !== undefined && isAsLeft(agent, branch) ? [{ agent, commit: branch.commit }] : [];
  });
  const works = left.map(({ agent: { entry }, commit }) => ({ entry, tip: commit }));
  const landed = await mergedWork(fleet, repository, works);
  return left.filter(({ agent: { entry } }) => landed.has(entry.id));
}

function isAsLeft({ ending }: EndedAgent, { commit, worktree }: Branch): boolean {
  return commit === ending.head && worktree === undefined;
}
