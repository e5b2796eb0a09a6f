import { batches, oldest, type ShownAgent, statusCounts, sum } from "../api/agents.ts";
import { needsUser } from "../fleet/watch/status.ts";
import { type Column, table } from "../output/table.ts";
import { counted, cut, memorySize, oneLine, span } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { moneyText } from "./money.ts";

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
