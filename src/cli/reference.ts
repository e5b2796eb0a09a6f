import { about, type DescribedCommand, exclusionSentence, operandLine, optionLine, usageLine } from "./describe.ts";
import { operandsOf, optionsOf, rootOptions } from "./options.ts";
import { type Line, sentence } from "./text.ts";
import { topics } from "./topics.ts";
import { troubles } from "./trouble.ts";

/** The reference of all commands in Markdown: a file of its own. */
export function renderReference(commands: readonly DescribedCommand[]): string {
  return [
    "# Command reference",
    "Written by `scripts/bun run docs` from what `fleet help COMMAND` prints. The manual pages are `man fleet` and `man fleet-create`; `fleet help man create` prints one.",
    ...commands.flatMap(command),
    "## Global options",
    "Understood by every command, before or after its name.",
    table(rootOptions.map((option) => optionLine(option))),
    ...topics.flatMap((topic) => [
      `## ${sentence(topic.title).slice(0, -1)}`,
      ...topic.paragraphs,
      topic.name === "trouble" ? troubleTable() : table(topic.lines),
      ...(topic.recipe === undefined ? [] : [["```", ...topic.recipe, "```"].join("\n")]),
    ]),
  ]
    .join("\n\n")
    .concat("\n");
}

function command({ row, help }: DescribedCommand): string[] {
  const lines = [
    ...operandsOf(help.args).map(operandLine),
    ...optionsOf(help.args).map((option) => optionLine(option, help)),
  ];
  const excluded = exclusionSentence(help);
  const examples = (help.examples ?? []).flatMap((example) => [`# ${example.explanation}`, example.command]);
  return [
    `## \`${usageLine(help)}\``,
    about(row),
    ...(help.details ?? []),
    ...(lines.length === 0 ? [] : [table(lines)]),
    ...(excluded === "" ? [] : [excluded]),
    ...(examples.length === 0 ? [] : [["```sh", ...examples, "```"].join("\n")]),
  ];
}

function troubleTable(): string {
  const rows = troubles.map(({ happened, seen, remedy }) => `| ${[happened, seen, remedy].map(cell).join(" | ")} |`);
  return ["| what happened | what you see | what to do |", "|---|---|---|", ...rows].join("\n");
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
