import { FleetError, refusalOf } from "../errors.ts";
import { currentRepositoryRoot, type Fleet, gitAt, statePlaces } from "../fleet/fleet.ts";
import { undoPick, winnerBehind } from "../fleet/operations/pick/undo-pick.ts";
import { endedAgent, lastKilled, restorable as restorableIn } from "../fleet/operations/restore/restorable.ts";
import { type Restored, restoreAgent } from "../fleet/operations/restore/restore.ts";
import { resumeAgent } from "../fleet/operations/resume/resume.ts";
import { nameUntaken, untakenOf } from "../fleet/talk/untaken.ts";
import type { RestorableAnswer, RestorableInput } from "../model/wire/restorable.ts";
import type { RestoreAnswer, RestoreInput } from "../model/wire/restore.ts";
import type { EndedAgent } from "../state/ending.ts";
import type { AgentEntry } from "../state/entry.ts";
import type { Merged } from "../state/merged.ts";
import { agentFiles } from "../state/places.ts";
import { discoverRepository, type Repository } from "../system/git/repository.ts";
import { agentFailure } from "./failure.ts";
import { restorability } from "./restorability.ts";

/** What became of one agent that was to be brought back. */
export interface RestoreResult {
  readonly agent: EndedAgent;
  readonly restored?: Restored;
  readonly running?: boolean;
  /** It had been killed in the middle of a turn, and was not told to go on. */
  readonly cutOff?: boolean;
  /** Why a restored agent could not be started again. */
  readonly atRest?: FleetError;
  readonly error?: FleetError;
}

/** What became of agents that were to be brought back, and of the merge of the winner of their race, where a race ended them. */
export interface RestoreOutcome {
  readonly results: readonly RestoreResult[];
  readonly winner?: { readonly entry: AgentEntry } & ({ readonly undone: Merged } | { readonly error: FleetError });
}

/** Says which killed agents can come back, the last killed first. */
export async function restorable(fleet: Fleet, { all_repositories: all }: RestorableInput): Promise<RestorableAnswer> {
  const agents = restorableIn(fleet, all ? undefined : await repositoryHere(fleet));
  return {
    agents: agents.map(({ entry, ending }) => ({
      ...entry,
      ended_at: ending.ended_at,
      unsaved: ending.unsaved,
      ...restorability(ending),
    })),
  };
}

/** Brings killed agents back. Throws FleetError when it is not said which, or none of them is kept. */
export async function restore(fleet: Fleet, input: RestoreInput): Promise<RestoreAnswer> {
  return restoreAnswer(await restoreAll(fleet, input));
}

/**
 * Brings killed agents back, and starts those again that ran. Those that the last kill ended come back with all that came with it: where a
 * race ended them, the merge of its winner is taken back. Throws FleetError when it is not said which, or none of them is kept.
 */
export async function restoreAll(fleet: Fleet, { branch, last, as, resume }: RestoreInput): Promise<RestoreOutcome> {
  requireMeant(branch, last, as);
  const ended = branch === undefined ? lastKilled(fleet) : [endedAgent(fleet, branch, await repositoryHere(fleet))];
  const results: RestoreResult[] = [];
  for (const agent of ended) results.push(await attempt(fleet, agent, as, resume));
  const operation = last ? ended[0]?.ending.operation : undefined;
  return { results, ...(operation === undefined ? {} : await undoRace(fleet, operation)) };
}

async function undoRace(fleet: Fleet, operation: string): Promise<Pick<RestoreOutcome, "winner">> {
  const entry = winnerBehind(fleet, operation);
  if (entry === undefined) return {};
  try {
    return { winner: { entry, undone: await undoPick(fleet, entry) } };
  } catch (error) {
    return { winner: { entry, error: refusalOf(error) } };
  }
}

/** What became of agents that were to be brought back, as it is answered. */
export function restoreAnswer({ results, winner }: RestoreOutcome): RestoreAnswer {
  const undone = winner !== undefined && "undone" in winner ? { ...winner.entry, undone: winner.undone } : undefined;
  const kept = winner !== undefined && "error" in winner ? [agentFailure(winner.entry.branch, winner.error)] : [];
  return {
    agents: results.flatMap(({ restored, running }) =>
      restored === undefined ? [] : [{ ...restored.entry, running: running === true }],
    ),
    ...(undone === undefined ? {} : { merge_undone: undone }),
    failures: [
      ...results.flatMap(({ agent, error, atRest }) => {
        const failure = error ?? atRest;
        return failure === undefined ? [] : [agentFailure(agent.entry.branch, failure)];
      }),
      ...kept,
    ],
  };
}

function requireMeant(branch: string | undefined, last: boolean, as: string | undefined): void {
  const isClear = (branch !== undefined) !== last && (as === undefined || branch !== undefined);
  if (isClear) return;
  throw new FleetError("usage", "restore takes a branch, maybe with another name for it, or last", {
    hint: "to see what can come back, run fleet restore",
  });
}

async function repositoryHere(fleet: Fleet): Promise<Repository | undefined> {
  const root = await currentRepositoryRoot(fleet);
  return root === undefined ? undefined : discoverRepository(gitAt(fleet, root));
}

async function attempt(
  fleet: Fleet,
  agent: EndedAgent,
  as: string | undefined,
  resume: boolean,
): Promise<RestoreResult> {
  try {
    const restored = await restoreAgent(fleet, agent, as);
    const started = resume && agent.ending.running ? await start(fleet, restored) : {};
    if (started.running !== true) {
      const files = agentFiles(statePlaces(fleet), restored.entry.id);
      nameUntaken(fleet, restored.entry, untakenOf(files), "resume");
    }
    return { agent, restored, ...started };
  } catch (error) {
    return { agent, error: refusalOf(error) };
  }
}

async function start(fleet: Fleet, { entry }: Restored): Promise<Pick<RestoreResult, "running" | "cutOff" | "atRest">> {
  try {
    const { cutOff } = await resumeAgent(fleet, entry, { prompt: undefined, quick: false });
    return { running: true, cutOff };
  } catch (error) {
    return { atRest: refusalOf(error) };
  }
}
