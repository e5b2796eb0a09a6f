import { asRefusal, FleetError } from "../errors.ts";
import { interruptedAgent } from "../fleet/choose/interrupted.ts";
import { filterAgents, type Selection, selectAgents } from "../fleet/choose/selection.ts";
import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { settleDeadOperations } from "../fleet/operations/settle.ts";
import { takeInWork } from "../fleet/worktree/taken.ts";
import type { TargetsInput } from "../model/wire/shared.ts";
import { awayAgents } from "../state/away.ts";
import { type EndedAgent, endedAgents } from "../state/ending.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readJournal } from "../state/journal.ts";
import { readRegistry } from "../state/registry.ts";
import { checkedOutBranch } from "../system/git/worktrees.ts";
import { poll } from "../system/poll.ts";
import { isOutOfSight } from "../system/processes/identity.ts";
import { shellWord } from "../system/shell.ts";

/** `reachesOut`: the operation only looks, so that an exact name of another repository will do. */
export interface Reach {
  readonly reachesOut: boolean;
  /** Agents on other machines are meant too. `fetched`: the operation needs no more of them than their work, which is fetched. */
  readonly away?: "known" | "fetched";
}

/** For an operation that only looks: when nothing is said, all agents of the repository are meant. */
export function allIfNone<Input extends TargetsInput>(input: Input): Input {
  return { ...input, all: input.all || (input.targets.length === 0 && input.batch === undefined) };
}

/** The agents that are meant, after what was left half done has been settled. Throws FleetError when none is meant, or a word means none. */
export async function chooseAgents(
  fleet: Fleet,
  input: TargetsInput,
  { reachesOut, away: wanted }: Reach,
): Promise<Selection> {
  const { targets, batch, all, all_repositories: allRepositories, except } = input;
  await settleDeadOperations(fleet);
  await untilRegistered(fleet, targets);
  const away = wanted !== undefined ? awayAgents(statePlaces(fleet)) : [];
  const here = readRegistry(statePlaces(fleet));
  // One whose move was interrupted may be in both places.
  const elsewhere = away.map(({ entry }) => entry).filter(({ id }) => here.every((entry) => entry.id !== id));
  const repository = await currentRepositoryRoot(fleet, { everywhere: allRepositories });
  const reachesAll = allRepositories || (reachesOut && fleet.confined !== true);
  const selection = selectAgents(
    [...here, ...elsewhere],
    { words: targets.flatMap((word) => branchesOn(away, word) ?? word), batch, all, allRepositories, except },
    {
      repository,
      reachesOut: reachesOut && fleet.confined !== true,
      currentBranch,
      whyGone: (word) =>
        interruptedAgent(readJournal(statePlaces(fleet)), word, reachesAll ? undefined : repository) ??
        killedAgent(fleet, word, repository) ??
        (wanted === undefined ? agentElsewhere(fleet, word, repository) : undefined),
    },
  );
  await takeInWork(fleet, selection.entries);
  if (wanted !== "fetched" || away.length === 0) return selection;
  const { withWorkFetched } = await import("./across/fetch-chosen.ts");
  return { ...selection, entries: await withWorkFetched(fleet, selection.entries, away) };
}

/** A name that means no agent any more, for it was killed, is no mistake in typing: what brings the agent back is said. */
function killedAgent(fleet: Fleet, word: string, repository: string | undefined): FleetError | undefined {
  const isMeant = ({ entry: { repo, branch } }: EndedAgent) => branch === word && repo === repository;
  if (!endedAgents(statePlaces(fleet)).some(isMeant)) return undefined;
  return new FleetError("failed", `${word} was killed`, {
    code: "unknown-target",
    hint: `to bring it back, run fleet restore ${shellWord(word)}`,
  });
}

/** An agent on another machine, where only those on this one are meant. */
function agentElsewhere(fleet: Fleet, word: string, repository: string | undefined): FleetError | undefined {
  const found = awayAgents(statePlaces(fleet)).find(
    ({ entry: { branch, repo } }) => branch === word && repo === repository,
  );
  if (found === undefined) return undefined;
  const name = shellWord(word);
  return new FleetError("failed", `${word} is on ${found.host}, and this looks at agents of this machine alone`, {
    code: "on-other-host",
    hint: `to run a command there, run fleet exec ${name} -- COMMAND; to bring it here, run fleet move ${name} --here`,
  });
}

/** The agents that `HOST:PATTERN` names; `undefined` for a word that names no host. No name of a branch has a colon in it. */
export function branchesOn(
  away: readonly { readonly host?: string; readonly entry: AgentEntry }[],
  word: string,
): string[] | undefined {
  const [, host, pattern] = /^([^:]+):(.+)$/.exec(word) ?? [];
  const there = away.filter((agent) => agent.host === host).map(({ entry }) => entry);
  if (pattern === undefined || there.length === 0) return undefined;
  return filterAgents(there, [pattern]).map(({ branch }) => branch);
}

const nobody: TargetsInput = { targets: [], all: false, all_repositories: false, except: [] };

/** The one agent that a word names; `reachesOut` for a command that only looks. Throws FleetError when it names none or several. */
export async function chooseAgent(
  fleet: Fleet,
  word: string,
  reach: Reach = { reachesOut: true },
): Promise<Selection["entries"][number]> {
  const { entries } = await chooseAgents(fleet, { ...nobody, targets: [word] }, reach);
  const [first, ...others] = entries;
  if (first !== undefined && others.length === 0) return first;
  throw new FleetError("usage", `${word} names ${entries.length} agents, and this needs one`, {
    output: entries.map(({ branch }) => branch).join("\n"),
    hint: `to see them, run fleet list ${shellWord(word)}`,
  });
}

const registrationMilliseconds = 5000;

/**
 * An agent that calls `fleet` as the first thing it does may be faster than the `fleet` that is just writing it down. That one is on the
 * machine of the agent.
 */
async function untilRegistered(fleet: Fleet, words: readonly string[]): Promise<void> {
  const deadline = performance.now() + registrationMilliseconds;
  const inFlight = () =>
    readJournal(statePlaces(fleet)).some(
      ({ kind, agents, owner }) =>
        kind === "create" && !isOutOfSight(owner) && agents.some(({ branch }) => words.includes(branch)),
    );
  await poll({ every: 20, deadline, cancelled: fleet.cancelled }, () => {
    if (!inFlight()) return true;
    const known = readRegistry(statePlaces(fleet)).map(({ branch }) => branch);
    return words.every((word) => known.includes(word)) || undefined;
  });
}

/** The branch that an agent is on now; one whose worktree cannot be read hides no other from the search for a name. */
function currentBranch({ worktree }: AgentEntry): string | undefined {
  try {
    return checkedOutBranch(worktree);
  } catch (error) {
    if (asRefusal(error) === undefined) throw error;
    return undefined;
  }
}
