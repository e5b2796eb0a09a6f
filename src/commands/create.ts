import { manualBatch, problemOf } from "../api/create.ts";
import type { FleetError } from "../errors.ts";
import type { Fleet } from "../fleet/fleet.ts";
import type { Launched } from "../fleet/operations/create/build.ts";
import type { AgentRequest } from "../fleet/operations/create/request.ts";
import { launchTickets } from "../fleet/tickets/launch.ts";
import { shellWord } from "../system/shell.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { attachTo } from "./attach-to.ts";
import { budgetOption } from "./budget-option.ts";
import { withConsent } from "./consent.ts";
import { defineFleetCommand } from "./definition.ts";
import { agentOption, hostOption, launchOptions, previewLaunch, promptOptions, withQuick } from "./launch.ts";
import { withPrompt } from "./prompt-source.ts";
import { waitForReplies } from "./reply.ts";
import { sandboxOptions } from "./sandbox-options.ts";
import { readWaiting, waitDetails, waitOptions } from "./waiting.ts";

export default defineFleetCommand({
  name: "create",
  args: {
    branch: {
      type: "positional",
      valueHint: "BRANCH",
      completes: "branches",
      description: "the branch to create, or to adopt",
    },
    ...promptOptions,
    agent: agentOption,
    ticket: {
      type: "string",
      valueHint: "TICKET",
      description: "its ticket, quoted after the prompt; see fleet ticket",
    },
    new: { type: "boolean", description: "refuse a branch that exists" },
    host: hostOption,
    ...launchOptions,
    attach: { type: "boolean", excludes: ["wait", "host"], description: "enter the session afterwards" },
    ...waitOptions,
  },
  details: [
    "Makes a branch, a worktree and a tmux session, copies the credential files, runs the setup commands and starts the agent on the " +
      "prompt. A branch that exists is adopted as it is. What fails before the session exists leaves nothing behind.",
    waitDetails,
    "Any text can be the prompt, even one that starts with a dash; it reaches the agent byte for byte.",
  ],
  examples: [
    { command: 'fleet create fix-42 -p "write a failing test for #42"', explanation: "start an agent on a task" },
    {
      command: "fleet create fix-42 --agent codex --from origin/main -e",
      explanation: "another agent, another base, a prompt from the editor",
    },
    { command: "git log -1 --format=%B | fleet create review -p -", explanation: "a prompt from another program" },
    {
      command: "fleet create ci-fix --wait --commit --push --rm --prompt-file task.md",
      explanation: "in CI: the reply on stdout, an honest exit code, the work pushed, nothing left",
    },
  ],
  async run(args, { application }) {
    const isPrompted = args.edit === true || [args.prompt, args["prompt-file"], args.ticket].some(isGiven);
    const waiting = readWaiting(application, args, { command: "create", prompted: isPrompted });
    const fleet = await application.openFleet();
    return withPrompt(application, args, async (prompt) => {
      const own: AgentRequest = {
        branch: args.branch,
        prompt,
        agent: args.agent,
        from: args.from,
        mustBeNew: args.new === true,
        quick: args.quick === true,
        raw: args.raw === true,
        batch: args.batch ?? manualBatch(),
        budget: budgetOption(args.budget),
        sandbox: sandboxOptions(args),
      };
      const request = await withTicket(fleet, own, args.ticket);
      if (args.host !== undefined) {
        const { launchAway } = await import("./launch-away.ts");
        return launchAway(application, fleet, {
          ...args,
          host: args.host,
          requestsFor: async () => [request],
          waiting,
        });
      }
      if (args["dry-run"] === true) return previewLaunch(application, fleet, [request]);
      const agent = await launchOne(application, fleet, request, args.detach === true);
      const problem = problemFor(agent, waiting !== undefined);
      if (problem !== undefined) throw problem;
      if (waiting !== undefined) return waitForReplies(application, fleet, [agent.entry], waiting);
      report(application, agent, isPrompted);
      return args.attach === true ? attachTo(application, fleet, agent.entry, { readOnly: false }) : 0;
    });
  },
});

/** Throws why it could not be made, and what cancelled the command: an agent that had been started by then is kept, and named. */
async function launchOne(
  application: Application,
  fleet: Fleet,
  request: AgentRequest,
  detach: boolean,
): Promise<Launched> {
  const { launched, failures } = await withConsent(application, fleet, (quick) =>
    launchTickets(fleet, withQuick([request], quick), { detach }),
  );
  const [agent] = launched;
  if (agent === undefined) throw failures[0]?.error;
  if (!fleet.cancelled.aborted) return agent;
  const { branch } = agent.entry;
  application.narration.note(
    `${branch} had been started already and is kept; to end it, run fleet kill ${shellWord(branch)}`,
  );
  throw fleet.cancelled.reason;
}

function report(application: Application, { entry, outcome }: Launched, prompted: boolean): void {
  if (application.json) {
    application.answerJson({ agents: [entry] });
    return;
  }
  const name = shellWord(entry.branch);
  const started = prompted ? "is working" : "is ready for a prompt";
  application.narration.note(`${entry.branch} ${outcome === undefined ? "is being set up" : started}.`);
  application.narration.note(`  fleet attach ${name}     fleet logs -f ${name}     fleet kill ${name}`);
  if (!isTerminal(1)) application.answer([entry.branch]);
}

/** The request with its ticket, if it has one, quoted behind the words of the user. */
async function withTicket(fleet: Fleet, own: AgentRequest, word: string | undefined): Promise<AgentRequest> {
  if (word === undefined) return own;
  const { ticketRequests } = await import("../fleet/tickets/requests.ts");
  const [found] = await ticketRequests(fleet, [word], own);
  const prompt = [own.prompt, found?.prompt].filter((text) => text !== undefined).join("\n\n");
  return { ...own, prompt, ticket: found?.ticket, raw: false };
}

/** That an agent has ended already is no problem for who waits: the wait says how it ended, however soon that was. */
function problemFor(agent: Launched, waits: boolean): FleetError | undefined {
  return waits && agent.outcome?.kind === "exited" ? undefined : problemOf(agent);
}

function isGiven(value: unknown): boolean {
  return value !== undefined;
}
