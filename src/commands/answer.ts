import type { Question } from "../agents/choices.ts";
import { answer, question } from "../api/answer.ts";
import { oneLine } from "../output/text.ts";
import { shellWord } from "../system/shell.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand } from "./targets.ts";

export default defineFleetCommand({
  name: "answer",
  args: {
    branch: branchOperand,
    choice: {
      type: "positional",
      required: false,
      valueHint: "CHOICE",
      description: "its number, or its first words; without it the question is shown",
    },
  },
  details: [
    "Shows what an agent asks, or answers it. Only the question that was shown is answered: if the agent is asking something else by then, nothing is sent.",
  ],
  examples: [
    { command: "fleet answer fix-42", explanation: "see the question and its choices" },
    { command: "fleet answer fix-42 1", explanation: "choose the first" },
    { command: "fleet answer fix-42 no", explanation: "choose by its first words" },
  ],
  async run({ branch, choice }, { application }) {
    const fleet = await application.openFleet({ looks: choice === undefined });
    if (choice === undefined) {
      const asked = await question(fleet, { target: branch });
      if (application.json) application.answerJson(asked);
      for (const agent of asked.agents) {
        if (!application.json) application.answer(questionLines(agent.branch, agent.question));
        const example = agent.question.choices.length === 0 ? "TEXT" : "1";
        application.narration.note(`to answer, run fleet answer ${shellWord(agent.branch)} ${example}`);
      }
      return 0;
    }
    const answered = await answer(fleet, { target: branch, choice });
    if (application.json) application.answerJson(answered);
    else application.answer(answered.agents.map((agent) => `  ${agent.branch}  answered  ${oneLine(agent.answer)}`));
    return 0;
  },
});

function questionLines(branch: string, { text, choices }: Question): string[] {
  const digits = String(choices.length).length;
  return [
    `${branch} asks:`,
    ...text.split("\n").map((line) => `  ${line}`),
    ...choices.map((choice, index) => `  ${String(index + 1).padStart(digits)}  ${choice}`),
  ];
}
