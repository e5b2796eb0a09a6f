import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { type Resumed, type ResumeOptions, resumeAgent } from "../fleet/operations/resume/resume.ts";
import type { ResumeAnswer, ResumeInput } from "../model/wire/resume.ts";
import type { AgentEntry } from "../state/entry.ts";
import { problemOf } from "./create.ts";
import { agentFailure } from "./failure.ts";
import { chooseAgents } from "./targets.ts";

/** What became of one agent that was to be brought back: it may be there and not run. */
export interface ResumeResult {
  readonly entry: AgentEntry;
  readonly resumed?: Resumed;
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
  const { entries } = await chooseAgents(fleet, targets, { reachesOut: false });
  return resumeAnswer(await resumeEntries(fleet, entries, { prompt, fresh, agent, quick }));
}

/** Throws FleetError `usage` when another agent is to take over what only the same could go on with. */
function requireFresh(fresh: boolean, agent: string | undefined): void {
  if (agent === undefined || fresh) return;
  throw new FleetError("usage", "another agent cannot go on with a conversation", {
    hint: "to start a new one, say fresh too",
  });
}

/** Brings these agents back, one after the other: all at once, on a machine that has just booted, they would slow each other down. */
export async function resumeEntries(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  options: ResumeOptions,
  consenting: Consenting = (attempt) => attempt(false),
): Promise<ResumeResult[]> {
  const results: ResumeResult[] = [];
  for (const entry of entries) {
    const attempt = (quick: boolean) => resumeAgent(fleet, entry, { ...options, quick: quick || options.quick });
    results.push(await resultOf(entry, () => consenting(attempt)));
  }
  return results;
}

async function resultOf(entry: AgentEntry, attempt: () => Promise<Resumed>): Promise<ResumeResult> {
  try {
    const resumed = await attempt();
    const problem = problemOf(resumed);
    return { entry, resumed, ...(problem === undefined ? {} : { error: problem }) };
  } catch (error) {
    if (error instanceof FleetError) return { entry, error };
    throw error;
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
