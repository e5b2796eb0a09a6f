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
      description: "a command, or one of those that fleet help topics lists",
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

/** The manual pages by what they are asked for with. */
function manPagesOf({ manPages }: Manual): Record<string, string> {
  const named = Object.keys(manPages).flatMap((file) =>
    namesOf(file).map((name) => [name, pageIn(manPages, file)] as const),
  );
  return Object.fromEntries(named);
}

/** `man` of `fleet.1`; `man config show`, and `man config-show` as one asks man for it, of `fleet-config-show.1`. */
function namesOf(file: string): string[] {
  const command = file.replace(/^fl(?:ee)?t-?|\.1$/g, "");
  return command === "" ? ["man"] : [`man ${command}`, `man ${command.replaceAll("-", " ")}`];
}

/** A page that only names another is that one here, where no folder of pages is. */
function pageIn(manPages: Manual["manPages"], file: string): string {
  const page = manPages[file] ?? "";
  const [, other] = /^\.so man1\/(.+)\n$/.exec(page) ?? [];
  return other === undefined ? page : pageIn(manPages, other);
}

function textOf(name: string, texts: Readonly<Record<string, string>>): string {
  const text = Object.hasOwn(texts, name) ? texts[name] : undefined;
  if (text !== undefined) return text;
  const meant = nearest(name, Object.keys(texts));
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  throw new FleetError("usage", `there is no help on ${name}${question}`, {
    hint: meant === undefined ? "to see all commands, run fleet help" : `to see it, run fleet help ${meant}`,
  });
}
