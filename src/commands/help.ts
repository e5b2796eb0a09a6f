import { nearest } from "../config/nearest.ts";
import { FleetError } from "../errors.ts";
import { defineFleetCommand } from "./definition.ts";
import type { Manual } from "./manual.ts";

export default defineFleetCommand({
  name: "help",
  args: {
    topic: {
      type: "positional",
      required: false,
      variadic: true,
      valueHint: "TOPIC",
      completes: "commands",
      description: "a command, or targets, exit-codes, trouble, json, licenses, man",
    },
  },
  examples: [
    { command: "fleet help create", explanation: "all about a command" },
    { command: "fleet help exit-codes", explanation: "what the exit codes mean" },
    {
      command: "fleet help man create > fleet-create.1",
      explanation: "a manual page; without create that of the whole",
    },
  ],
  async run(_, { application, operands }) {
    const manual = await application.manual();
    const name = operands.join(" ");
    const text = textOf(name, { ...manual.topics, ...manual.help, ...manPagesOf(manual), "": manual.commands });
    if (application.json) application.answerJson({ help: text });
    else application.answer([text.replace(/\n$/, "")]);
    return 0;
  },
});

/** `man` is fleet(1), `man create` fleet-create(1). */
function manPagesOf({ manPages }: Manual): Record<string, string> {
  return Object.fromEntries(
    Object.entries(manPages).map(([file, page]) => [
      ["man", ...file.replace(/\.1$/, "").split("-").slice(1)].join(" "),
      page,
    ]),
  );
}

function textOf(name: string, texts: Readonly<Record<string, string>>): string {
  const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
  if (text !== undefined) return text;
  const meant = nearest(name, Object.keys(texts));
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new FleetError("usage", `there is no help on ${name}${question}`, {
    hint: `to see ${meant === undefined ? "all commands" : "it"}, run fleet help${meant === undefined ? "" : ` ${meant}`}`,
  });
}
