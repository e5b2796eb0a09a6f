import { problemOf } from "../api/create.ts";
import { agentFailure } from "../api/failure.ts";
import { FleetError } from "../errors.ts";
import { type Resumed, resumeAgent } from "../fleet/operations/resume/resume.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
import type { AgentEntry } from "../state/entry.ts";
import { shellWord } from "../system/shell.ts";
import { type Answers, withConsent } from "./consent.ts";
import { defineFleetCommand } from "./definition.ts";
import { readPrompt } from "./prompt-source.ts";
import { branchesOperand, chosenAgents, targetOptions } from "./targets.ts";

export default defineFleetCommand({
  name: "resume",
  args: {
    branches: branchesOperand,
    prompt: {
      type: "string",
      alias: "p",
      valueHint: "TEXT",
      description: "go on with this prompt; - reads standard input",
    },
    fresh: { type: "boolean", description: "start a new conversation" },
    agent: {
      type: "string",
      alias: "a",
      valueHint: "NAME",
      completes: "agents",
      description: "with --fresh: let another agent take over",
    },
    quick: { type: "boolean", description: "skip setup commands and unaccepted settings" },
    ...targetOptions,
  },
  details: [
    "After a stop, an exit, a reboot or a failed setup: the same worktree, and the agent's own conversation where it has one. Setup " +
      "commands run again only when they had failed.",
  ],
  examples: [
    { command: 'fleet resume fix-42 -p "go on"', explanation: "bring an agent back and let it go on" },
    {
      command: 'fleet resume fix-42 --agent codex --fresh -p "finish what is begun here"',
      explanation: "let another agent take over",
    },
    { command: "fleet resume --all", explanation: "bring all back, after a reboot" },
  ],
  async run(args, invocation) {
    const { application } = invocation;
    const { fresh = false, agent } = args;
    if (agent !== undefined && !fresh) {
      throw new FleetError("usage", "another agent cannot go on with a conversation: --agent goes with --fresh", {
        hint: "see fleet resume --help",
      });
    }
    const prompt = await readPrompt(application, { text: args.prompt, file: undefined, edit: false });
    const fleet = await application.openFleet();
    const { entries } = await chosenAgents(fleet, args, invocation, false);
    const results: Result[] = [];
    const answers: Answers = new Map();
    const resume = (entry: AgentEntry) =>
      withConsent(
        application,
        fleet,
        (quick) => resumeAgent(fleet, entry, { prompt, quick: quick || args.quick === true, fresh, agent }),
        answers,
      );
    // One after the other: agents that all start at once on a machine that has just booted slow each other down.
    for (const entry of entries) results.push(await attempt(entry, () => resume(entry)));
    const failures = results.filter(({ error }) => error !== undefined);
    if (application.json) {
      application.answerJson({
        agents: results.flatMap(({ resumed }) => (resumed === undefined ? [] : [resumed.entry])),
        failures: failures.map(({ entry, error }) => agentFailure(entry.branch, error ?? {})),
      });
    } else if (entries.length === 1 && failures[0]?.error !== undefined) {
      throw failures[0].error;
    } else {
      application.answer(aligned(results.map(line)));
    }
    return failures.length === 0 ? 0 : 1;
  },
});

interface Result {
  readonly entry: AgentEntry;
  readonly resumed?: Resumed;
  readonly error?: FleetError;
}

async function attempt(entry: AgentEntry, resume: () => Promise<Resumed>): Promise<Result> {
  try {
    const resumed = await resume();
    const problem = problemOf(resumed);
    return { entry, resumed, ...(problem === undefined ? {} : { error: problem }) };
  } catch (error) {
    if (error instanceof FleetError) return { entry, error };
    throw error;
  }
}

function line({ entry, resumed, error }: Result): string[] {
  if (error !== undefined) return [`  ${entry.branch}`, "failed", oneLine(error.message), error.hint ?? ""];
  const how = resumed?.conversation === true ? "with its conversation" : "started anew";
  const successor = resumed !== undefined && resumed.entry.agent !== entry.agent ? ` by ${resumed.entry.agent}` : "";
  const name = `  ${entry.branch}`;
  if (resumed?.cutOff !== true) return [name, "resumed", how + successor];
  return [name, "resumed", `${how}; its last turn was cut off`, `fleet prompt ${shellWord(entry.branch)} "go on"`];
}
