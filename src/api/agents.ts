import type { Cost } from "../fleet/cost/report.ts";
import type { Collisions } from "../fleet/review/collisions.ts";
import type { ListedAgent } from "../fleet/watch/list.ts";
import { statusWords } from "../fleet/watch/status.ts";
import { detailAsJson } from "../fleet/watch/status-detail.ts";
import type { ListAnswer } from "../model/wire/list.ts";
import { costAsJson } from "./cost.ts";
import { pullAsJson } from "./pull-request.ts";

/** An agent in a list, with what it has cost where that was asked for. */
export interface ShownAgent extends ListedAgent {
  readonly cost?: Cost;
  /** Whom it gets in the way of, where that was asked for; null when it cannot be told. */
  readonly overlap?: Collisions | null;
  /** The host that it is on; absent for one that is on this machine. */
  readonly host?: string;
  /** What that host says of it. */
  readonly told?: ListAnswer["agents"][number];
}

/** An agent with the keys of `state.json` and what a look at it adds. */
export function agentAsJson(agent: ShownAgent): ListAnswer["agents"][number] {
  const { entry, status, usage, ahead, changes, lastWords, task, pullRequest, cost, overlap, host, told } = agent;
  const beside = {
    ...(overlap === undefined ? {} : { overlap: collisionsAsJson(overlap) }),
    ...(host === undefined ? {} : { host }),
  };
  if (told !== undefined) return { ...told, pull_request: pullAsJson(pullRequest), ...beside };
  return {
    ...entry,
    status: status.word,
    status_since: status.since === undefined ? null : `${status.since.toISOString().slice(0, 19)}Z`,
    reason: status.reason ?? null,
    status_detail: detailAsJson(status.detail),
    cpu_percent: usage.cpuPercent,
    ...(usage.sinceStart === true ? { cpu_since_start: true as const } : {}),
    memory_bytes: usage.memoryBytes,
    memory_percent: usage.memoryPercent,
    ahead: ahead ?? null,
    changes: changes === undefined ? null : { files: changes.files, added: changes.added, deleted: changes.deleted },
    changes_at: changes === undefined ? null : `${changes.at.toISOString().slice(0, 19)}Z`,
    last_words: lastWords ?? null,
    task,
    pull_request: pullAsJson(pullRequest),
    ...(cost === undefined ? {} : { cost: costAsJson(cost) }),
    ...beside,
  };
}

function collisionsAsJson(collisions: Collisions | null): ListAnswer["agents"][number]["overlap"] {
  if (collisions === null) return null;
  const asJson = (list: Collisions["shared"]) =>
    list.map(({ with: other, files }) => ({ agent: other.branch, files: [...files] }));
  return { conflicts: asJson(collisions.conflicts), shared: asJson(collisions.shared) };
}

/** The totals of each batch. */
export function batchAsJson(agents: readonly ShownAgent[]) {
  return batches(agents).map(([batch, members]) => ({
    batch_id: batch,
    agents: members.map(({ entry }) => entry.branch),
    statuses: Object.fromEntries(statusCounts(members)),
    cpu_percent: sum(members.map(({ usage }) => usage.cpuPercent)),
    memory_bytes: sum(members.map(({ usage }) => usage.memoryBytes)),
    created_at: oldest(members),
    prompt: members[0]?.entry.prompt ?? "",
  }));
}

/** Agents by batch, in the order in which their first agents stand: a batch that needs the user comes first. */
export function batches(agents: readonly ShownAgent[]): [string, ShownAgent[]][] {
  return [...Map.groupBy(agents, ({ entry }) => entry.batch_id)];
}

/** How many are in each status that one is in, those first that need the user. */
export function statusCounts(members: readonly ShownAgent[]): [string, number][] {
  return statusWords
    .map((word): [string, number] => [word, members.filter(({ status }) => status.word === word).length])
    .filter(([, count]) => count > 0);
}

/** The sum of what is known; null when nothing is. */
export function sum(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : known.reduce((total, number) => total + number, 0);
}

/** When the first of them was made. */
export function oldest(members: readonly ShownAgent[]): string {
  return members.map(({ entry }) => entry.created_at).sort()[0] ?? "";
}
