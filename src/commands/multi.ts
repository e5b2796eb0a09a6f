import { dirname, resolve } from "node:path";
import { manualBatch } from "../api/create.ts";
import type { Task } from "../config/tasks.ts";
import { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import type { TicketRequest } from "../fleet/tickets/requests.ts";
import type { Application } from "./application.ts";
import { budgetOption } from "./budget-option.ts";
import { defineFleetCommand } from "./definition.ts";
import { agentOption, hostOption, launchOptions } from "./launch.ts";
import { launchAsAsked } from "./launch-as-asked.ts";
import { readPromptFile, readTextSource } from "./prompt-source.ts";
import { sandboxOptions } from "./sandbox-options.ts";
import { readWaiting, waitDetails, waitOptions } from "./waiting.ts";

export default defineFleetCommand({
  name: "multi",
  args: {
    tasks: {
      type: "positional",
      required: false,
      variadic: true,
      valueHint: "BRANCH:PROMPT",
      description: "a branch and its prompt, split at the first colon",
    },
    file: {
      type: "string",
      valueHint: "FILE",
      completes: "files",
      description: "tasks from a TOML file; - reads standard input",
    },
    ticket: {
      type: "string",
      repeatable: true,
      valueHint: "TICKET",
      description: "a ticket, as fleet ticket takes it",
    },
    agent: agentOption,
    host: hostOption,
    ...launchOptions,
    ...waitOptions,
  },
  details: [
    "Everything is checked before anything is made. A file has a table [[task]] for each agent, with the keys branch, prompt or " +
      "prompt_file, agent and from; what stands above the first table holds for all.",
    waitDetails,
  ],
  examples: [
    {
      command: 'fleet multi fix-auth:"Fix the login bug" add-tests:"Add tests for auth"',
      explanation: "two agents with different tasks",
    },
    { command: "fleet multi --file tasks.toml", explanation: "long lists and long prompts" },
  ],
  async run(args, { application, operands, repeated }) {
    const waiting = readWaiting(application, args, { command: "multi", prompted: true });
    const batch = args.batch ?? manualBatch();
    const budget = budgetOption(args.budget);
    const pairs = [...operands.map(parsePair), ...(await tasksOf(application, args.file))].map(
      (task): AgentRequest => ({
        branch: task.branch,
        prompt: task.prompt,
        agent: task.agent ?? args.agent,
        from: task.from ?? args.from,
        mustBeNew: false,
        quick: args.quick === true,
        batch,
        budget,
        sandbox: sandboxOptions(args),
        origin: task.origin,
      }),
    );
    const tickets = repeated.ticket ?? [];
    if (pairs.length + tickets.length === 0) {
      throw new FleetError("usage", "no task is given", { hint: "see fleet multi --help" });
    }
    const fleet = await application.openFleet();
    const { agent, from, quick = false } = args;
    const requests = [...pairs, ...(await requestsOf(fleet, tickets, { agent, from, quick, batch, budget }))];
    return launchAsAsked(application, fleet, async () => requests, { ...args, waiting });
  },
});

/** The requests for tickets. Throws FleetError when one of them has an agent: it was asked for by name. */
async function requestsOf(
  fleet: Fleet,
  tickets: readonly string[],
  request: TicketRequest,
): Promise<readonly AgentRequest[]> {
  if (tickets.length === 0) return [];
  const { ticketRequests } = await import("../fleet/tickets/requests.ts");
  return ticketRequests(fleet, tickets, request);
}

type PlainTask = Omit<Task, "promptFile">;

function parsePair(word: string): PlainTask {
  const colon = word.indexOf(":");
  const branch = word.slice(0, colon);
  const prompt = word.slice(colon + 1);
  if (colon > 0 && prompt.trim() !== "") return { branch, prompt, agent: undefined, from: undefined, origin: branch };
  throw new FleetError("usage", `${JSON.stringify(word)} is not BRANCH:PROMPT`, {
    hint: `a branch, a colon and a prompt in one word: fleet multi ${/^[\w/.-]+$/.test(word) ? word : "BRANCH"}:"what to do"`,
  });
}

async function tasksOf(application: Application, file: string | undefined): Promise<PlainTask[]> {
  if (file === undefined) return [];
  const { parseTasks, mistakes } = await import("../config/tasks.ts");
  const source = readTextSource(application, file, "the file of tasks");
  const directory = file === "-" ? application.directory : dirname(resolve(application.directory, file));
  const problems: string[] = [];
  const tasks = parseTasks(source, file === "-" ? "standard input" : file).map(({ promptFile, ...task }) => {
    const { prompt, problem } = promptOf({ ...task, promptFile }, directory);
    if (problem !== undefined) problems.push(`${task.origin}: ${problem}`);
    return { ...task, prompt };
  });
  if (problems.length > 0) throw mistakes(problems);
  return tasks;
}

function promptOf(
  { prompt, promptFile }: Task,
  directory: string,
): { readonly prompt: string | undefined; readonly problem: string | undefined } {
  if (prompt !== undefined && promptFile !== undefined)
    return { prompt, problem: "it has prompt and prompt_file; one is enough" };
  if (prompt === undefined && promptFile === undefined) return { prompt, problem: "it has no prompt" };
  if (promptFile === undefined) return { prompt, problem: undefined };
  try {
    return { prompt: readPromptFile(directory, promptFile), problem: undefined };
  } catch (error) {
    if (!(error instanceof FleetError)) throw error;
    return { prompt: undefined, problem: error.message };
  }
}
