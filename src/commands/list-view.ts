import { basename } from "node:path";
import { batches, oldest, type ShownAgent, statusCounts, sum } from "../api/agents.ts";
import type { Collisions } from "../fleet/review/collisions.ts";
import type { Changes } from "../fleet/watch/changes.ts";
import { needsUser, type StatusWord } from "../fleet/watch/status.ts";
import type { Tone } from "../output/colour.ts";
import { type Column, type Paint, table } from "../output/table.ts";
import { counted, cut, memorySize, oneLine, span } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { moneyText } from "./money.ts";
import { pullText } from "./pull-view.ts";

/** What a list can show of an agent: the words of `--columns`, and in which order they leave a terminal that is too narrow. */
const columns = {
  branch: { title: "  BRANCH", align: "left", least: 16, prefers: 24, cutAt: "middle" },
  host: { title: "HOST", align: "left", least: 6, leaves: 9.5 },
  repo: { title: "REPO", align: "left", least: 8, cutAt: "middle", leaves: 9 },
  status: { title: "STATUS", align: "left" },
  for: { title: "FOR", align: "right", leaves: 4, yields: true },
  why: { title: "WHY", align: "left", least: 10, prefers: 24, leaves: 11 },
  ticket: { title: "TICKET", align: "left", leaves: 8.5 },
  agent: { title: "AGENT", align: "left", leaves: 5 },
  cpu: { title: "CPU", align: "right", leaves: 1, yields: true },
  mem: { title: "MEM", align: "right", leaves: 2, yields: true },
  ahead: { title: "AHEAD", align: "right", leaves: 6, yields: true },
  overlap: { title: "OVERLAP", align: "left", least: 16, cutAt: "middle", leaves: 8.7 },
  changes: { title: "CHANGES", align: "left", leaves: 8 },
  pr: { title: "PR", align: "left", leaves: 7.5 },
  cost: { title: "COST", align: "right", leaves: 7 },
  age: { title: "AGE", align: "right", leaves: 3, yields: true },
  task: { title: "TASK", align: "left", least: 12, leaves: 10 },
} as const satisfies Readonly<Record<string, Column>>;

/** A word that `--columns` takes. */
export type ColumnName = keyof typeof columns;

/** The words that `--columns` takes. */
export const columnNames = Object.keys(columns) as readonly ColumnName[];

/** How a table of agents is to look. */
export interface TableStyle {
  readonly width: number | undefined;
  readonly colour: boolean;
  /** What to show instead of all that is known. */
  readonly columns?: readonly ColumnName[] | undefined;
  /** When it is looked at; this moment unless given. */
  readonly now?: number | undefined;
}

/** Agents as a table, cut to a width where one is given. */
export function agentTable(agents: readonly ShownAgent[], style: TableStyle): string[] {
  const now = style.now ?? Date.now();
  const names = style.columns ?? columnNames.filter((name) => isTold(name, agents));
  const shown = names.map((name) => columnOf(name, agents));
  const paint: Paint = (index, title) => (index < 0 ? "faint" : toneOf(agents[index], title));
  const rows = agents.map((agent) => {
    const cells = row(agent, now);
    return names.map((name) => cells[name]);
  });
  return table(shown, rows, style.width, style.colour ? paint : undefined);
}

/** A column that would say nothing, or the same of all, is left out unless it was asked for. */
function isTold(name: ColumnName, agents: readonly ShownAgent[]): boolean {
  if (name === "cost") return agents.some(({ cost }) => cost !== undefined);
  if (name === "overlap") return agents.some(({ overlap }) => overlap !== undefined);
  if (name === "host") return agents.some(({ host }) => host !== undefined);
  if (name === "ticket") return agents.some(({ entry }) => entry.ticket !== undefined);
  if (name === "pr") return agents.some(({ pullRequest }) => pullRequest !== undefined);
  if (name === "repo") return new Set(agents.map(({ entry }) => entry.repo)).size > 1;
  return true;
}

/** What all have in common tells them apart the least. */
function columnOf(name: ColumnName, agents: readonly ShownAgent[]): Column {
  const isCommon = (values: readonly string[]) => values.length > 1 && new Set(values).size === 1;
  if (name === "task" && isCommon(agents.map(({ task }) => task)))
    return { ...columns.task, leaves: 4.5, yields: true };
  if (name === "agent" && isCommon(agents.map(({ entry }) => entry.agent))) return { ...columns.agent, yields: true };
  return columns[name];
}

const tones: Readonly<Record<StatusWord, Tone | undefined>> = {
  waiting: "attention",
  error: "alarm",
  failed: "alarm",
  exited: "alarm",
  unknown: undefined,
  setup: "busy",
  starting: "busy",
  working: "busy",
  idle: "calm",
  stopped: "faint",
};

function toneOf(agent: ShownAgent | undefined, title: string): Tone | undefined {
  if (agent === undefined) return undefined;
  if (title === columns.status.title || (title === columns.branch.title && needsUser(agent.status))) {
    return tones[agent.status.word];
  }
  if (title === columns.overlap.title) return (agent.overlap?.conflicts.length ?? 0) > 0 ? "attention" : undefined;
  return title === columns.age.title || title === columns.agent.title ? "faint" : undefined;
}

/** A table for each batch, under a line with what the batch is at and what it uses in total. */
export function batchTables(agents: readonly ShownAgent[], style: TableStyle): string[] {
  return batches(agents).flatMap(([batch, members], index) => [
    ...(index === 0 ? [] : [""]),
    cut(batchHeading(batch, members, Date.now()), style.width ?? Number.POSITIVE_INFINITY),
    ...agentTable(members, style),
  ]);
}

/** What was looked at, and how wide the lines below it may be. */
export interface FooterOptions {
  /** Agents of other repositories, which are not shown. */
  readonly elsewhere: readonly AgentEntry[];
  /** Only agents in this status were to be shown. */
  readonly status: string | undefined;
  readonly width: number | undefined;
  /** Where the command runs, which is where what it says can be typed; `undefined` outside of all. */
  readonly repository: string | undefined;
}

/** What a person wants to know below the table. */
export function footer(
  agents: readonly ShownAgent[],
  { elsewhere, status, width, repository }: FooterOptions,
): string[] {
  const places = [...new Set(elsewhere.map(({ repo }) => repo))].join(", ");
  const start = repository === undefined ? "in a git repository, run" : "run";
  const none =
    status === undefined
      ? `no agents here; to start one, ${start} fleet create BRANCH -p PROMPT`
      : `no agents here are ${status}; to see all, run fleet list`;
  return [
    agents.length === 0 ? none : needLine(agents, repository, width ?? Number.POSITIVE_INFINITY),
    ...(elsewhere.length === 0 ? [] : [`${elsewhere.length} more in ${places}: fleet list -A`]),
  ];
}

/** `5 agents, 1 needs you: fleet attach (next) · fleet answer fix-42`, with as many of the ways as there is room for. */
function needLine(agents: readonly ShownAgent[], repository: string | undefined, width: number): string {
  const inNeed = agents.filter(({ status }) => needsUser(status));
  const total = counted(agents.length, "agent");
  const [first] = inNeed;
  if (first === undefined) return total;
  const need = `${total}, ${inNeed.length} ${inNeed.length === 1 ? "needs" : "need"} you`;
  const isHere = ({ entry }: ShownAgent) => repository === undefined || entry.repo === repository;
  const next = `${need}: fleet attach ${inNeed.some(isHere) ? "(next)" : shellWord(first.entry.branch)}`;
  const asking = inNeed.filter(({ status }) => status.word === "waiting");
  const asked = asking.find(isHere) ?? asking[0];
  const place = asked === undefined || isHere(asked) ? "" : `-C ${shellWord(asked.entry.repo)} `;
  const lines = asked === undefined ? [] : [`${next} · fleet ${place}answer ${shellWord(asked.entry.branch)}`];
  return [...lines, next].find((line) => Bun.stringWidth(line) <= width) ?? need;
}

function row(agent: ShownAgent, now: number): Readonly<Record<ColumnName, string>> {
  const { entry, status, usage, ahead, changes, cost, overlap, pullRequest } = agent;
  return {
    branch: `${needsUser(status) ? "!" : " "} ${oneLine(entry.branch)}`,
    host: agent.host ?? "here",
    repo: oneLine(basename(entry.repo)),
    status: status.word,
    for: status.since === undefined ? "" : span(now - status.since.getTime()),
    why: oneLine(status.reason ?? agent.lastWords ?? ""),
    ticket: oneLine(entry.ticket?.key ?? ""),
    agent: entry.agent,
    cpu: usage.cpuPercent === null ? "-" : `${usage.sinceStart === true ? "~" : ""}${usage.cpuPercent}%`,
    mem: usage.memoryBytes === null ? "-" : memorySize(usage.memoryBytes),
    ahead: ahead === undefined || ahead === 0 ? "-" : `+${ahead}`,
    changes: changes === undefined ? "" : changesText(changes),
    overlap: overlap === undefined ? "" : overlapText(overlap),
    pr: pullText(pullRequest),
    cost: cost === undefined ? "" : moneyText(cost),
    age: span(now - Date.parse(entry.created_at)),
    task: oneLine(agent.task),
  };
}

/** `3 files +41 -7`; a dash when there is nothing. */
function changesText({ files, added, deleted }: Changes): string {
  return files === 0 ? "-" : `${counted(files, "file")} +${added} -${deleted}`;
}

/** `conflict login-A2 +1`: two would be in conflict with it; `same files login-A3`: that merges cleanly. A dash when there is neither. */
function overlapText(overlap: Collisions | null): string {
  if (overlap === null) return "?";
  const { conflicts, shared } = overlap;
  const [first, ...others] = conflicts.length > 0 ? conflicts : shared;
  if (first === undefined) return "-";
  const more = others.length === 0 ? "" : ` +${others.length}`;
  return `${conflicts.length > 0 ? "conflict" : "same files"} ${oneLine(first.with.branch)}${more}`;
}

/** What a batch is at: `auth-refactor: 3 agents (2 idle, 1 working), CPU 97%, MEM 0.9G, 3h, refactor auth flow`. */
export function batchHeading(batch: string, members: readonly ShownAgent[], now: number): string {
  const statuses = statusCounts(members).map(([word, count]) => `${count} ${word}`);
  const cpu = sum(members.map(({ usage }) => usage.cpuPercent));
  const memory = sum(members.map(({ usage }) => usage.memoryBytes));
  return [
    `${oneLine(batch)}: ${counted(members.length, "agent")} (${statuses.join(", ")})`,
    ...(cpu === null ? [] : [`CPU ${cpu}%`]),
    ...(memory === null ? [] : [`MEM ${memorySize(memory)}`]),
    span(now - Date.parse(oldest(members))),
    ...(new Set(members.map(({ entry }) => entry.prompt)).size === 1 ? [oneLine(members[0]?.entry.prompt ?? "")] : []),
  ]
    .filter((part) => part !== "")
    .join(", ");
}
