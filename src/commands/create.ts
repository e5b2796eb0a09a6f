import { FleetError } from "../errors.ts";
import type { Launched } from "../fleet/build.ts";
import type { AgentRequest } from "../fleet/drafts.ts";
import type { Fleet } from "../fleet/fleet.ts";
import { launchAgents } from "../fleet/launch.ts";
import { draftAll, previewPlans } from "../fleet/reservation.ts";
import { isTerminal } from "../system/terminal.ts";
import type { Application } from "./application.ts";
import { attachTo } from "./attach.ts";
import { type CommandResult, defineFleetCommand } from "./definition.ts";
import { readPrompt } from "./prompt-source.ts";

export default defineFleetCommand({
  name: "create",
  args: {
    branch: {
      type: "positional",
      valueHint: "BRANCH",
      completes: "branches",
      description: "the branch to create, or to adopt",
    },
    prompt: { type: "string", alias: "p", valueHint: "TEXT", description: "first prompt; - reads standard input" },
    "prompt-file": { type: "string", valueHint: "FILE", completes: "files", description: "first prompt from a file" },
    edit: { type: "boolean", alias: "e", description: "write the first prompt in your editor" },
    agent: {
      type: "string",
      alias: "a",
      valueHint: "NAME",
      completes: "agents",
      description: "which agent; else default_agent",
    },
    from: {
      type: "string",
      valueHint: "REF",
      completes: "branches",
      description: "start the branch here; else at HEAD",
    },
    new: { type: "boolean", description: "refuse a branch that exists" },
    batch: { type: "string", valueHint: "NAME", description: "put the agent into this batch" },
    quick: { type: "boolean", description: "copy files, skip the setup commands" },
    "dry-run": { type: "boolean", description: "show what would be made" },
    attach: { type: "boolean", description: "enter the session afterwards" },
    detach: { type: "boolean", description: "do not wait for the setup commands" },
  },
  details: [
    "Makes a branch, a worktree and a tmux session, copies the credential files, runs the setup commands and starts the agent on the " +
      "prompt. A branch that exists is adopted as it is. What fails before the session exists leaves nothing behind.",
    "Any text is a prompt, also one that starts with a dash. It reaches the agent byte for byte.",
  ],
  examples: [
    { command: 'fleet create fix-42 -p "write a failing test for #42"', explanation: "start an agent on a task" },
    {
      command: "fleet create fix-42 --agent codex --from origin/main -e",
      explanation: "another agent, another base, a prompt from the editor",
    },
    { command: "git log -1 --format=%B | fleet create review -p -", explanation: "a prompt from another program" },
  ],
  async run(args, { application }) {
    const prompt = await readPrompt(application, {
      text: args.prompt,
      file: args["prompt-file"],
      edit: args.edit === true,
    });
    const fleet = await application.openFleet();
    const request: AgentRequest = {
      branch: args.branch,
      prompt,
      agent: args.agent,
      from: args.from,
      mustBeNew: args.new === true,
      quick: args.quick === true,
      batch: args.batch ?? `manual-${new Date().toISOString().slice(0, 10)}`,
    };
    if (args["dry-run"] === true) return preview(application, fleet, request);
    const { launched, failures } = await launchAgents(fleet, [request], { detach: args.detach === true });
    const [agent] = launched;
    if (agent === undefined) throw failures[0]?.error;
    const result = report(application, agent, prompt !== undefined);
    if (args.attach === true && result === 0) return attachTo(application, fleet, agent.entry, false);
    return result;
  },
});

async function preview(application: Application, fleet: Fleet, request: AgentRequest): Promise<CommandResult> {
  const [plan] = previewPlans(fleet, await draftAll(fleet, [request]));
  if (plan === undefined) throw new Error("a request gave no plan");
  const { entry, draft } = plan;
  if (application.json) {
    application.answerJson({ dry_run: true, agents: [entry] });
    return 0;
  }
  application.answer([
    `branch    ${entry.branch}, ${draft.adopted ? "as it is" : `new, from ${draft.baseName}@${entry.base.slice(0, 7)}`}`,
    `worktree  ${entry.worktree}`,
    `session   ${entry.session}`,
    ...plan.setupCommands.map((command) => `setup     ${command}`),
    `agent     ${entry.agent}, ${plan.start.permission}`,
  ]);
  return 0;
}

function report(application: Application, { entry, outcome }: Launched, prompted: boolean): CommandResult {
  const { branch } = entry;
  if (outcome?.kind === "setup-failed" || outcome?.kind === "lost") {
    const what =
      outcome.kind === "lost"
        ? "its session ended"
        : `setup command ${outcome.step} failed with exit code ${outcome.code}`;
    throw new FleetError("failed", `${branch}: ${what}, so the agent was not started`, {
      hint: `it is kept for a look: fleet logs ${branch}; to remove it, run fleet kill ${branch}`,
    });
  }
  if (outcome?.kind === "exited") {
    throw new FleetError("failed", `${branch}: ${entry.agent} ended at once, with exit code ${outcome.code}`, {
      hint: `to see why, run fleet logs ${branch}; to remove it, run fleet kill ${branch}`,
    });
  }
  if (application.json) {
    application.answerJson({ agents: [entry] });
    return 0;
  }
  const started = prompted ? "is working" : "is ready for a prompt";
  application.narration.note(`${branch} ${outcome === undefined ? "is being set up" : started}.`);
  application.narration.note(`  fleet attach ${branch}     fleet logs -f ${branch}     fleet kill ${branch}`);
  if (!isTerminal(1)) application.answer([branch]);
  return 0;
}
