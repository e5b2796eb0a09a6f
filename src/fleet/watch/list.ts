import type { AgentEntry } from "../../state/entry.ts";
import { agentFiles } from "../../state/places.ts";
import { type PullRecord, readPullRecord } from "../../state/pull-request.ts";
import { type Fleet, statePlaces } from "../fleet.ts";
import { promptedLast } from "../prompted.ts";
import { absenceOf } from "./absence.ts";
import { type AheadCounts, countAhead } from "./ahead.ts";
import { type Changes, type ChangesOptions, changesOf } from "./changes.ts";
import { lookAtAgents, type Observation } from "./observe.ts";
import { type AgentStatus, statusWords } from "./status.ts";
import { lastTurn } from "./transcript.ts";
import { measureUsage, type Usage } from "./usage.ts";
import { WorktreeHeads } from "./worktree-heads.ts";

/** An agent as a list shows it. */
export interface ListedAgent extends Observation {
  readonly usage: Usage;
  /** Commits on its branch that its base has not; `undefined` when git cannot tell. */
  readonly ahead: number | undefined;
  /** What it has changed, as far as it was looked at. */
  readonly changes: Changes | undefined;
  /** The last line of its last reply, when it is idle and says such things where we can read them. */
  readonly lastWords: string | undefined;
  /** The beginning of the last prompt that it was given. */
  readonly task: string;
  /** Its pull request as it was seen last; the forge is not asked. */
  readonly pullRequest: PullRecord | undefined;
}

/** Looks at agents and what they use, those first that need the user, then the newest first. */
export async function listAgents(
  fleet: Fleet,
  entries: readonly AgentEntry[],
  { shared, ...looking }: { readonly shared: boolean } & ChangesOptions,
): Promise<ListedAgent[]> {
  const heads = new WorktreeHeads(entries);
  const counting = countAhead(fleet, entries, heads);
  const [observations, ahead] = await Promise.all([lookAtAgents(fleet, entries), counting]);
  const usage = measureUsage(statePlaces(fleet), observations, shared);
  const changes = await changesOf(fleet, observations, heads, looking);
  const nothing: Usage = { cpuPercent: null, memoryBytes: null, memoryPercent: null };
  return observations
    .map((observation) => ({
      ...observation,
      status: withTrouble(observation, heads, ahead),
      usage: usage.get(observation.entry.id) ?? nothing,
      ahead: ahead.commits.get(observation.entry.id),
      changes: changes.get(observation.entry.id),
      lastWords: lastWordsOf(fleet, observation),
      task: lastTask(fleet, observation.entry),
      pullRequest: readPullRecord(statePlaces(fleet), observation.entry.id),
    }))
    .sort(byUrgency);
}

/** That its worktree is not there, or that or its repository cannot be read, comes before whatever else there is to say of an agent. */
function withTrouble({ entry, status }: Observation, heads: WorktreeHeads, { unread }: AheadCounts): AgentStatus {
  const absence = heads.isWhole(entry) ? undefined : (heads.refusalOf(entry) ?? absenceOf(entry));
  const trouble = absence ?? unread.get(entry.repo);
  if (trouble === undefined) return status;
  return { ...status, reason: status.reason === undefined ? trouble : `${trouble}; ${status.reason}` };
}

function lastWordsOf(fleet: Fleet, { entry, status }: Observation): string | undefined {
  if (status.word !== "idle" || status.reason !== undefined) return undefined;
  const lines = lastTurn(fleet, entry)?.reply?.split("\n") ?? [];
  return lines.map((line) => line.trim()).findLast((line) => line !== "");
}

/** A later prompt is noted where it is handed over; the first is in the entry. */
function lastTask(fleet: Fleet, entry: AgentEntry): string {
  return promptedLast(agentFiles(statePlaces(fleet), entry.id)) || entry.prompt;
}

type Urgent = Pick<ListedAgent, "entry" | "status">;

/** The order of a list: those first that need the user, then the newest. Agents of the same moment stay in the order they were made in. */
export function byUrgency(a: Urgent, b: Urgent): number {
  return (
    statusWords.indexOf(a.status.word) - statusWords.indexOf(b.status.word) ||
    Date.parse(b.entry.created_at) - Date.parse(a.entry.created_at)
  );
}
