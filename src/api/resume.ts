import { FleetError, refusalOf } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { moveInTheWay } from "../fleet/operations/move/pending-move.ts";
import { type Resumed, type ResumeOptions, resumeAgent } from "../fleet/operations/resume/resume.ts";
import type { ResumeAnswer, ResumeInput } from "../model/wire/resume.ts";
import type { AwayAgent } from "../state/away.ts";
import type { AgentEntry } from "../state/entry.ts";
import { gone, inOrder, parted } from "./away.ts";
import { problemOf } from "./create.ts";
import { agentFailure, errorOf } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

/** What became of one agent that was to be brought back: it may be there and not run. */
export interface ResumeResult {
  readonly entry: AgentEntry;
  readonly resumed?: Omit<Resumed, "outcome">;
  readonly error?: FleetError;
}

/** Makes one attempt, or another one `quick` when somebody who was asked wants it so. */
export type Consenting = (attempt: (quick: boolean) => Promise<Resumed>) => Promise<Resumed>;

/**
 * Brings the agents that are meant back; nobody is asked, so settings of a repository that are not accepted keep its agents. Throws
 * FleetError when none is meant, or another agent is to go on with a conversation.
 */
export async function resume(
  fleet: Fleet,
  { prompt, fresh, agent, quick, ...targets }: ResumeInput,
): Promise<ResumeAnswer> {
  requireFresh(fresh, agent);
  const { entries } = await chooseAgents(fleet, targets, { reachesOut: false, away: "known" });
  return resumeAnswer(await resumeEntries(fleet, entries, { prompt, fresh, agent, quick }));
}

/** Throws FleetError `usage` when another agent is to take over what only the same could go on with. */
function requireFresh(fresh: boolean, agent: string | undefined): void {
  if (agent === undefined || fresh) return;
  throw new FleetError("usage", "another agent cannot go on with a conversation", {
    hint: "to start a new one, say fresh too",
  });
}

/** Brings these agents back, one after the other on each machine: all at once, on a machine that has just booted, they would slow each other down. */
export async function resumeEntries(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: ResumeOptions,
  consenting: Consenting = (attempt) => attempt(false),
): Promise<ResumeResult[]> {
  const { here, away } = parted(fleet, entries);
  const others = away.length === 0 ? [] : resumeAway(fleet, away, options);
  const results: ResumeResult[] = [];
  for (const entry of here) {
    const attempt = (quick: boolean) => resumeAgent(fleet, entry, { ...options, quick: quick || options.quick });
    results.push(await resultOf(entry, () => consenting(attempt)));
  }
  return inOrder(entries, [...results, ...(await others)]);
}

const resumeRow = {
  name: "resume",
  changes: true,
  starts: true,
  shapes: () => import("../model/wire/resume.ts"),
} as const;

async function resumeAway(
  fleet: Fleet,
  away: readonly AwayAgent[],
  { prompt, fresh, agent, quick }: ResumeOptions,
): Promise<ResumeResult[]> {
  const { callHosts } = await import("./across/act.ts");
  const moving = await Promise.all(
    away.map(async ({ entry, host }) => ({ entry, error: await moveInTheWay(fleet, entry, host) })),
  );
  const refused = moving.flatMap(({ entry, error }) => (error === undefined ? [] : [{ entry, error }]));
  const free = away.filter((_, index) => moving[index]?.error === undefined);
  const answers = await callHosts(fleet, free, resumeRow, { prompt, fresh, agent, quick });
  const resumed = answers.flatMap(({ agents, answer, error }) =>
    agents.map(({ entry }): ResumeResult => {
      const found = answer?.agents.find(({ id }) => id === entry.id);
      const failure = answer?.failures.find(({ branch }) => branch === entry.branch);
      const why = failure === undefined ? error : errorOf(failure, "it could not be brought back");
      if (found === undefined) return { entry, error: why ?? new FleetError("failed", gone) };
      const resumed = {
        entry: { ...entry, agent: found.agent },
        conversation: found.conversation,
        cutOff: found.cut_off,
      };
      return { entry, resumed, ...(why === undefined ? {} : { error: why }) };
    }),
  );
  return [...refused, ...resumed];
}

async function resultOf(entry: AgentEntry, attempt: () => Promise<Resumed>): Promise<ResumeResult> {
  try {
    const resumed = await attempt();
    const problem = problemOf(resumed);
    return { entry, resumed, ...(problem === undefined ? {} : { error: problem }) };
  } catch (error) {
    return { entry, error: refusalOf(error) };
  }
}

/** What became of agents that were to be brought back, as it is answered. */
export function resumeAnswer(results: readonly ResumeResult[]): ResumeAnswer {
  return {
    agents: results.flatMap(({ resumed }) =>
      resumed === undefined ? [] : [{ ...resumed.entry, conversation: resumed.conversation, cut_off: resumed.cutOff }],
    ),
    failures: results.flatMap(({ entry, error }) => (error === undefined ? [] : [agentFailure(entry.branch, error)])),
  };
}
