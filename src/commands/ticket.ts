import { manualBatch } from "../api/create.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { aligned } from "../output/aligned.ts";
import { type Column, table } from "../output/table.ts";
import { oneLine } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal, terminalColumns } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { budgetOption } from "./budget-option.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { agentOption, hostOption, launchOptions } from "./launch.ts";
import { launchAsAsked } from "./launch-as-asked.ts";
import { readWaiting, waitDetails, waitOptions } from "./waiting.ts";

export default defineFleetCommand({
  name: "ticket",
  args: {
    tickets: {
      type: "positional",
      required: false,
      variadic: true,
      valueHint: "TICKET",
      description: "ENG-12, 42 or acme/web#42, or the address of a ticket",
    },
    query: { type: "string", valueHint: "QUERY", description: "tickets that this finds, in the words of the tracker" },
    tracker: {
      type: "enum",
      options: ["github", "linear", "jira"],
      needs: ["query"],
      description: "which one is asked",
    },
    limit: { type: "string", valueHint: "N", needs: ["query"], description: "at most so many, 10 unless given" },
    attempts: { type: "string", valueHint: "N", description: "how many agents each ticket is to have; 1 unless given" },
    sync: {
      type: "boolean",
      excludes: ["query", "release"],
      description: "write back to tickets what their agents are at; starts nothing",
    },
    release: {
      type: "boolean",
      excludes: ["query"],
      description: "give these tickets back, so that another fleet may take them",
    },
    agent: agentOption,
    host: { ...hostOption, excludes: ["sync", "release"] },
    ...launchOptions,
    ...waitOptions,
  },
  details: [
    "Starts an agent for each ticket that has none: its branch is named by ticket_branch, its prompt is the ticket, quoted. All tickets " +
      "are read before anything is made. A ticket that has an agent is named with it, and is no error.",
    "Alone it shows which tickets have agents, and which had some. --sync writes one comment to each ticket, and edits it from then on: " +
      "branches, pull requests, tests and cost; ticket_started and ticket_done say where it moves the ticket.",
    "A shell takes # for a comment: write 42, or '#42' in quotes. What each tracker needs, and what its errors mean, is in fleet help tickets.",
    waitDetails,
  ],
  examples: [
    { command: "fleet ticket ENG-12 42 https://example.atlassian.net/browse/PROJ-7", explanation: "an agent for each" },
    { command: "fleet ticket --query 'is:open label:agent' --limit 5", explanation: "for what a query finds" },
    { command: "fleet ticket --sync", explanation: "tell the tickets of this repository how far their agents are" },
  ],
  async run(args, { application, operands }) {
    const waiting = readWaiting(application, args, { command: "ticket", prompted: true });
    const fleet = await application.openFleet();
    if (args.release === true) return release(application, fleet, operands);
    if (args.sync === true) return sync(application, fleet, operands);
    if (operands.length === 0 && args.query === undefined) return overview(application, fleet);
    const batch = args.batch ?? (args.attempts === undefined ? manualBatch() : undefined);
    const { plannedTickets } = await import("../api/ticket.ts");
    const { requests, present } = await plannedTickets(fleet, {
      tickets: [...operands],
      query: args.query,
      tracker: args.tracker,
      limit: countOption("--limit", args.limit, 10, 500),
      attempts: countOption("--attempts", args.attempts, 1, 50),
      agent: args.agent,
      from: args.from,
      batch,
      budget: budgetOption(args.budget),
      quick: args.quick === true,
    });
    for (const entry of present) application.narration.note(`${entry.ticket?.key} has an agent, ${entry.branch}`);
    const seen = withPresent(application, present);
    if (requests.length === 0) return nothingToStart(seen, present);
    return launchAsAsked(seen, fleet, async () => requests, { ...args, waiting });
  },
});

async function release(application: Application, fleet: Fleet, words: readonly string[]): Promise<0> {
  const { releaseNamed } = await import("../api/tickets.ts");
  const { released } = await releaseNamed(fleet, words);
  if (application.json) application.answerJson({ released });
  else
    application.answer(
      aligned(released.map(({ ticket, claimed }) => [ticket, claimed ? "given back" : "was not claimed"])),
    );
  return 0;
}

async function sync(application: Application, fleet: Fleet, words: readonly string[]): Promise<CommandResult> {
  const { ticketSync } = await import("../api/tickets.ts");
  const answer = await ticketSync(fleet, { tickets: [...words] });
  if (application.json) application.answerJson(answer);
  else {
    for (const { ticket, message, hint } of answer.failures) {
      application.narration.failure(ticket, new FleetError("failed", message, hint === null ? {} : { hint }));
    }
    application.answer(aligned(answer.written.map(({ ticket, agents }) => [ticket, agents.join(", ")])));
    if (answer.written.length + answer.failures.length === 0) application.narration.note("no agent here has a ticket");
  }
  return answer.failures.length === 0 ? 0 : 1;
}

async function overview(application: Application, fleet: Fleet): Promise<CommandResult> {
  const { ticketOverview } = await import("../api/tickets.ts");
  const { tickets, failure } = await ticketOverview(fleet);
  if (failure !== null && !application.json) {
    const { message, hint } = failure;
    application.narration.failure("ticket_query", new FleetError("failed", message, hint === null ? {} : { hint }));
  }
  if (application.json) application.answerJson({ tickets, failure });
  else if (tickets.length === 0)
    application.narration.note("no ticket has an agent here; to start one, run fleet ticket TICKET");
  else {
    const rows = tickets.map(({ ticket, title, state, agents, pull_requests: pulls }) => [
      ...[
        ticket,
        state,
        oneLine(title ?? ""),
        agents.map(({ branch, status }) => `${oneLine(branch)} (${status})`).join(", "),
        pulls.join(" "),
      ],
    ]);
    // A column in which nobody has anything says nothing: titles are known of tickets that were asked for alone.
    const shown = columns.map((_, index) => index < 2 || rows.some((cells) => cells[index] !== ""));
    const only = <Value>(list: readonly Value[]) => list.filter((_, index) => shown[index]);
    application.answer(table(only<Column>(columns), rows.map(only), isTerminal(1) ? terminalColumns() : undefined));
  }
  return failure === null ? 0 : 1;
}

const columns = [
  { title: "TICKET", align: "left" },
  { title: "STATE", align: "left" },
  { title: "TITLE", align: "left", least: 12, leaves: 1 },
  { title: "AGENTS", align: "left", least: 12 },
  { title: "PULL REQUEST", align: "left", least: 12 },
] as const;

function nothingToStart(application: Application, present: readonly AgentEntry[]): 0 {
  const [first] = present;
  if (application.json) application.answerJson({ agents: [], failures: [] });
  else if (first === undefined) application.narration.note("no ticket was found");
  else application.narration.note(`to tell one something, run fleet prompt ${shellWord(first.branch)} TEXT`);
  return 0;
}

/** With those that were there in each answer to a program. */
function withPresent(application: Application, present: readonly AgentEntry[]): Application {
  return { ...application, answerJson: (value) => application.answerJson({ ...value, present }) };
}

function countOption(name: string, text: string | undefined, usual: number, most: number): number {
  if (text === undefined) return usual;
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= most) return count;
  throw new FleetError("usage", `${name} takes a number from 1 to ${most}, not ${JSON.stringify(text)}`, {
    hint: "see fleet ticket --help",
  });
}
