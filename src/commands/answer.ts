import type { Question } from "../agents/choices.ts";
import { answerQuestion, showQuestion } from "../fleet/talk/answer.ts";
import { oneLine } from "../output/text.ts";
import { shellWord } from "../system/shell.ts";
import { defineFleetCommand } from "./definition.ts";
import { branchOperand, chooseAgent } from "./targets.ts";

export default defineFleetCommand({
  name: "answer",
  args: {
    branch: branchOperand,
    choice: {
      type: "positional",
      required: false,
      valueHint: "CHOICE",
      description: "its number, or how it begins; else the question is shown",
    },
  },
  details: [
    "Shows what an agent asks, or answers it. A question that was shown is the only one that is answered: when the agent asks something " +
      "else by then, nothing happens.",
  ],
  examples: [
    { command: "fleet answer fix-42", explanation: "see the question and its choices" },
    { command: "fleet answer fix-42 1", explanation: "choose the first" },
    { command: "fleet answer fix-42 no", explanation: "choose by how it begins" },
  ],
  async run({ branch, choice }, { application }) {
    const fleet = await application.openFleet();
    const entry = await chooseAgent(fleet, branch, { reachesOut: false });
    if (choice === undefined) {
      const question = await showQuestion(fleet, entry);
      if (application.json) application.answerJson({ agents: [{ ...entry, question }] });
      else application.answerForeign(questionLines(entry.branch, question));
      const example = question.choices.length === 0 ? "TEXT" : "1";
      application.narration.note(`to answer, run fleet answer ${shellWord(entry.branch)} ${example}`);
      return 0;
    }
    const { question, answer } = await answerQuestion(fleet, entry, choice);
    if (application.json) application.answerJson({ agents: [{ ...entry, question, answer }] });
    else application.answer([`  ${entry.branch}  answered  ${oneLine(answer)}`]);
    return 0;
  },
});

function questionLines(branch: string, { text, choices }: Question): string[] {
  return [
    `${branch} asks:`,
    ...text.split("\n").map((line) => `  ${line}`),
    ...choices.map((choice, index) => `  ${index + 1}  ${choice}`),
  ];
}
