import type { Cost } from "../fleet/cost/report.ts";
import type { ListedAgent } from "../fleet/watch/list.ts";
import { needsUser, statusWords } from "../fleet/watch/status.ts";
import { detailAsJson } from "../fleet/watch/status-detail.ts";
import { type Column, table } from "../output/table.ts";
import { counted, cut, memorySize, oneLine, span } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { costAsJson, moneyText } from "./money.ts";

/** An agent in a list, with what it has cost where that was asked for. */
export interface ShownAgent extends ListedAgent {
  readonly cost?: Cost;
}

const costTitle = "COST";
const columns: readonly Column[] = [
  { title: "  BRANCH", align: "left", least: 14 },
  { title: "STATUS", align: "left" },
  { title: "FOR", align: "right" },
  { title: "WHY", align: "left", least: 10 },
  { title: "AGENT", align: "left" },
  { title: "CPU", align: "right" },
  { title: "MEM", align: "right" },
  { title: "AHEAD", align: "right" },
  { title: costTitle, align: "right" },
  { title: "AGE", align: "right" },
  { title: "TASK", align: "left", least: 12 },
];

/** Agents as a table, cut to a width where one is given. */
export function agentTable(agents: readonly ShownAgent[], width: number | undefined): string[] {
  const now = Date.now();
  const isHidden = ({ title }: Column) => title === costTitle && agents.every(({ cost }) => cost === undefined);
  const shown = columns.map((column) => !isHidden(column));
  return table(
    columns.filter((_, index) => shown[index]),
    agents.map((agent) => row(agent, now).filter((_, index) => shown[index])),
    width,
  );
}

/** A table for each batch, under a line with what the batch is at and what it uses in total. */
export function batchTables(agents: readonly ShownAgent[], width: number | undefined): string[] {
  return batches(agents).flatMap(([batch, members], index) => [
    ...(index === 0 ? [] : [""]),
    cut(heading(batch, members), width ?? Number.POSITIVE_INFINITY),
    ...agentTable(members, width),
  ]);
}

/** What a person wants to know below the table. */
export function footer(agents: readonly ShownAgent[], elsewhere: readonly AgentEntry[]): string[] {
  const inNeed = agents.filter(({ status }) => needsUser(status)).length;
  const total = counted(agents.length, "agent");
  const asking = agents.find(({ status }) => status.word === "waiting")?.entry.branch;
  const answer = asking === undefined ? "" : ` · fleet answer ${shellWord(asking)}`;
  const ways = `fleet attach (next)${answer}`;
  const need = inNeed === 0 ? total : `${total}, ${inNeed} ${inNeed === 1 ? "needs" : "need"} you: ${ways}`;
  const places = [...new Set(elsewhere.map(({ repo }) => repo))].join(", ");
  return [
    agents.length === 0 ? "no agents here; to start one, run fleet create BRANCH -p PROMPT" : need,
    ...(elsewhere.length === 0 ? [] : [`${elsewhere.length} more in ${places}: fleet list -A`]),
  ];
}

/** An agent with the keys of `state.json` and what a look at it adds. */
export function agentAsJson({ entry, status, usage, ahead, cost }: ShownAgent): Readonly<Record<string, unknown>> {
  return {
    ...entry,
    status: status.word,
    status_since: status.since === undefined ? null : `${status.since.toISOString().slice(0, 19)}Z`,
    reason: status.reason ?? null,
    status_detail: detailAsJson(status.detail),
    cpu_percent: usage.cpuPercent,
    memory_bytes: usage.memoryBytes,
    memory_percent: usage.memoryPercent,
    ahead: ahead ?? null,
    ...(cost === undefined ? {} : { cost: costAsJson(cost) }),
  };
}

/** The totals of each batch. */
export function batchAsJson(agents: readonly ShownAgent[]): Readonly<Record<string, unknown>>[] {
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

function row({ entry, status, usage, ahead, cost }: ShownAgent, now: number): string[] {
  return [
    `${needsUser(status) ? "!" : " "} ${oneLine(entry.branch)}`,
    status.word,
    status.since === undefined ? "" : span(now - status.since.getTime()),
    oneLine(status.reason ?? ""),
    entry.agent,
    usage.cpuPercent === null ? "-" : `${usage.cpuPercent}%`,
    usage.memoryBytes === null ? "-" : memorySize(usage.memoryBytes),
    ahead === undefined || ahead === 0 ? "-" : `+${ahead}`,
    cost === undefined ? "" : moneyText(cost),
    span(now - Date.parse(entry.created_at)),
    oneLine(entry.prompt),
  ];
}

/** `auth-refactor: 3 agents (2 idle, 1 working), CPU 97%, MEM 0.9G, 3h, refactor auth flow` */
function heading(batch: string, members: readonly ShownAgent[]): string {
  const statuses = statusCounts(members).map(([word, count]) => `${count} ${word}`);
  const cpu = sum(members.map(({ usage }) => usage.cpuPercent));
  const memory = sum(members.map(({ usage }) => usage.memoryBytes));
  return [
    `${oneLine(batch)}: ${counted(members.length, "agent")} (${statuses.join(", ")})`,
    ...(cpu === null ? [] : [`CPU ${cpu}%`]),
    ...(memory === null ? [] : [`MEM ${memorySize(memory)}`]),
    span(Date.now() - Date.parse(oldest(members))),
    ...(new Set(members.map(({ entry }) => entry.prompt)).size === 1 ? [oneLine(members[0]?.entry.prompt ?? "")] : []),
  ]
    .filter((part) => part !== "")
    .join(", ");
}

/** Agents by batch, in the order in which their first agents stand: a batch that needs the user comes first. */
function batches(agents: readonly ShownAgent[]): [string, ShownAgent[]][] {
  return [...Map.groupBy(agents, ({ entry }) => entry.batch_id)];
}

function statusCounts(members: readonly ShownAgent[]): [string, number][] {
  return statusWords
    .map((word): [string, number] => [word, members.filter(({ status }) => status.word === word).length])
    .filter(([, count]) => count > 0);
}

function sum(numbers: readonly (number | null)[]): number | null {
  const known = numbers.filter((number) => number !== null);
  return known.length === 0 ? null : known.reduce((total, number) => total + number, 0);
}

function oldest(members: readonly ShownAgent[]): string {
  return members.map(({ entry }) => entry.created_at).sort()[0] ?? "";
}
