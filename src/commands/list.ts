import { currentRepositoryRoot, type Fleet, statePlaces } from "../fleet/fleet.ts";
import { type ListedAgent, listAgents } from "../fleet/list.ts";
import { filterAgents } from "../fleet/selection.ts";
import { needsUser, type StatusWord, statusWords } from "../fleet/status.ts";
import { type Column, table } from "../output/table.ts";
import { counted, gigabytes, oneLine, span } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { readRegistry } from "../state/registry.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchesOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "list",
  args: {
    patterns: {
      ...branchesOperand,
      valueHint: "PATTERN",
      description: "names, globs or batches; else all agents here",
    },
    status: { type: "enum", options: [...statusWords], description: "only agents in this status" },
    quiet: { type: "boolean", alias: "q", description: "names only" },
    "all-repos": { type: "boolean", alias: "A", description: "agents of all repositories" },
    pss: { type: "boolean", description: "count shared memory once, not for each process" },
  },
  details: [
    "Who needs you comes first, marked with !. CPU and MEM are of the agent and all its processes; 100% is one core. AHEAD counts the " +
      "commits on its branch.",
  ],
  examples: [
    { command: "fleet list", explanation: "the agents of this repository" },
    { command: "fleet list 'auth-*' --status idle -q", explanation: "names of those that are done, for a script" },
  ],
  async run(args, { application, operands }) {
    const fleet = await application.openFleet();
    const all = readRegistry(statePlaces(fleet));
    const repository = await currentRepositoryRoot(fleet);
    const everywhere = args["all-repos"] === true || repository === undefined;
    const here = everywhere ? all : all.filter(({ repo }) => repo === repository);
    const agents = await chosen(fleet, filterAgents(here, operands), args);
    if (application.json) application.answerJson({ agents: agents.map(asJson) });
    else if (args.quiet === true) application.answer(agents.map(({ entry }) => entry.branch));
    else
      show(
        application,
        agents,
        all.filter((entry) => !here.includes(entry)),
      );
    return 0;
  },
});

interface Filters {
  readonly status?: StatusWord | undefined;
  readonly pss?: boolean | undefined;
}

async function chosen(fleet: Fleet, entries: readonly AgentEntry[], { status, pss }: Filters): Promise<ListedAgent[]> {
  const agents = await listAgents(fleet, entries, pss === true);
  return status === undefined ? agents : agents.filter((agent) => agent.status.word === status);
}

const columns: readonly Column[] = [
  { title: "  BRANCH", align: "left", least: 14 },
  { title: "STATUS", align: "left" },
  { title: "FOR", align: "right" },
  { title: "WHY", align: "left", least: 10 },
  { title: "AGENT", align: "left" },
  { title: "CPU", align: "right" },
  { title: "MEM", align: "right" },
  { title: "AHEAD", align: "right" },
  { title: "AGE", align: "right" },
  { title: "TASK", align: "left", least: 12 },
];

function show(application: Application, agents: readonly ListedAgent[], elsewhere: readonly AgentEntry[]): void {
  const { narration } = application;
  if (agents.length === 0) {
    narration.note("no agents here; to start one, run fleet create BRANCH -p PROMPT");
  } else {
    const now = Date.now();
    application.answer(
      table(
        columns,
        agents.map((agent) => row(agent, now)),
        isTerminal(1) ? terminalColumns() : undefined,
      ),
    );
    narration.note(footer(agents));
  }
  if (elsewhere.length > 0) {
    narration.note(`${elsewhere.length} more in ${places(elsewhere)}: fleet list -A`);
  }
}

function row({ entry, status, usage, ahead }: ListedAgent, now: number): string[] {
  return [
    `${needsUser(status) ? "!" : " "} ${oneLine(entry.branch)}`,
    status.word,
    status.since === undefined ? "" : span(now - status.since.getTime()),
    oneLine(status.reason ?? ""),
    entry.agent,
    usage.cpuPercent === null ? "-" : `${usage.cpuPercent}%`,
    usage.memoryBytes === null ? "-" : gigabytes(usage.memoryBytes),
    ahead === undefined || ahead === 0 ? "-" : `+${ahead}`,
    span(now - Date.parse(entry.created_at)),
    oneLine(entry.prompt),
  ];
}

function footer(agents: readonly ListedAgent[]): string {
  const inNeed = agents.filter(({ status }) => needsUser(status)).length;
  const total = counted(agents.length, "agent");
  return inNeed === 0 ? total : `${total}, ${inNeed} ${inNeed === 1 ? "needs" : "need"} you: fleet attach (next)`;
}

function places(entries: readonly AgentEntry[]): string {
  return [...new Set(entries.map(({ repo }) => repo))].join(", ");
}

function asJson({ entry, status, usage, ahead }: ListedAgent): Readonly<Record<string, unknown>> {
  return {
    ...entry,
    status: status.word,
    status_since: status.since === undefined ? null : `${status.since.toISOString().slice(0, 19)}Z`,
    reason: status.reason ?? null,
    cpu_percent: usage.cpuPercent,
    memory_bytes: usage.memoryBytes,
    memory_percent: usage.memoryPercent,
    ahead: ahead ?? null,
  };
}
