import { about, type DescribedCommand, operandLine, optionLine, usageLine } from "./describe.ts";
import { operandsOf, optionsOf, rootOptions } from "./options.ts";
import { type Line, sentence } from "./text.ts";
import { topics } from "./topics.ts";

/** The reference of all commands in Markdown, with headings of the third level. */
export function renderReference(commands: readonly DescribedCommand[]): string {
  return [
    ...commands.flatMap(command),
    "### Global options",
    "Understood by every command, before or after its name.",
    table(rootOptions.map(optionLine)),
    ...topics.flatMap((topic) => [
      `### ${sentence(topic.title).slice(0, -1)}`,
      ...topic.paragraphs,
      table(topic.lines),
    ]),
  ]
    .join("\n\n")
    .concat("\n");
}

function command({ row, help }: DescribedCommand): string[] {
  const lines = [...operandsOf(help.args).map(operandLine), ...optionsOf(help.args).map(optionLine)];
  const examples = (help.examples ?? []).flatMap((example) => [`# ${example.explanation}`, example.command]);
  return [
    `### \`${usageLine(help)}\``,
    about(row),
    ...(help.details ?? []),
    ...(lines.length === 0 ? [] : [table(lines)]),
    ...(examples.length === 0 ? [] : [["```sh", ...examples, "```"].join("\n")]),
  ];
}

function table(lines: readonly Line[]): string {
  return ["| | |", "|---|---|", ...lines.map(([label, meaning]) => `| \`${cell(label)}\` | ${cell(meaning)} |`)].join(
    "\n",
  );
}

/** A bar would end the cell, even in code. */
function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
