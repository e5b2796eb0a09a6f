import { type ResumeResult, resumeAnswer, resumeEntries } from "../api/resume.ts";
import { aligned } from "../output/aligned.ts";
import { oneLine } from "../output/text.ts";
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
      needs: ["fresh"],
      description: "let another agent take over",
    },
    quick: { type: "boolean", description: "skip setup commands and unaccepted settings" },
    ...targetOptions,
  },
  details: [
    "After a stop, an exit, a reboot or a failed setup: the same worktree, and the agent's own conversation where it has one. Setup " +
      "commands run again only when they had failed. A prompt that it had not taken when it ended is named, with the line that sends it.",
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
    const { fresh = false, agent, quick = false } = args;
    const prompt = readPrompt(application, { text: args.prompt, file: undefined });
    const fleet = await application.openFleet();
    const { entries } = await chosenAgents(fleet, args, invocation, { reachesOut: false, away: "known" });
    const answers: Answers = new Map();
    const results = await resumeEntries(fleet, entries, { prompt, quick, fresh, agent }, (attempt) =>
      withConsent(application, fleet, attempt, answers),
    );
    const [failure] = results.flatMap(({ error }) => error ?? []);
    if (application.json) application.answerJson(resumeAnswer(results));
    else if (entries.length === 1 && failure !== undefined) throw failure;
    else application.answer(aligned(results.map(line)));
    return failure === undefined ? 0 : 1;
  },
});

function line({ entry, resumed, error }: ResumeResult): string[] {
  if (error !== undefined) return [`  ${entry.branch}`, "failed", oneLine(error.message), error.hint ?? ""];
  const how = resumed?.conversation === true ? "with its conversation" : "started anew";
  const successor = resumed !== undefined && resumed.entry.agent !== entry.agent ? ` by ${resumed.entry.agent}` : "";
  const name = `  ${entry.branch}`;
  if (resumed?.cutOff !== true) return [name, "resumed", how + successor];
  return [name, "resumed", `${how}; its last turn was cut off`, `fleet prompt ${shellWord(entry.branch)} "go on"`];
}
