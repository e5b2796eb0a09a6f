import type { CommandHelp } from "../commands/definition.ts";
import {
  type CommandRow,
  type CommandTable,
  type FamilyRow,
  groups,
  type LeafRow,
  namesOf,
  visibleRows,
} from "./command-rows.ts";
import { about, exclusionSentence, operandLine, optionLine, usageLine } from "./describe.ts";
import { globalOptions, type Option, operandsOf, optionsOf, rootOptions } from "./options.ts";
import { columns, type Line, labelWidth, sentence, wrap } from "./text.ts";
import { type Topic, topics } from "./topics.ts";

/** What bare `fleet` prints: enough to start, in ten lines. */
export const overview = `\
fleet runs coding agents side by side, each in a git worktree of its own.

  fleet create fix-42 -p "write a failing test"   start an agent on a task
  fleet list                                      who is working, who needs you
  fleet attach                                    go to the next that needs you
  fleet prompt fix-42 "now make it pass"          tell it more
  fleet logs fix-42                               read what it did
  fleet kill fix-42                               end it; unsaved work is kept

To check your setup, run fleet doctor. For all commands, run fleet --help
`;

/** What `fleet help topics` prints: what there is to read that belongs to no single command. */
export function renderTopics(): string {
  const listed = topics.map((topic): Line => [`fleet help ${topic.name}`, topic.title]);
  const others: readonly Line[] = [
    ["fleet help licenses", "the licenses of what is built in"],
    ["fleet help man COMMAND", "a manual page, for man -l -; without COMMAND that of the whole"],
  ];
  return page(["What there is to read beside the help of each command.", columns([...listed, ...others]).join("\n")]);
}

/** What `fleet --help` prints: all commands by group. */
export function renderCommands(commands: CommandTable): string {
  const rows = visibleRows(commands);
  const line = (row: CommandRow): Line => [namesOf(row).join(", "), row.summary];
  const width = labelWidth(rows.map(line));
  return page([
    "usage: fleet COMMAND [OPERAND...] [OPTION...]",
    ...groups.map((group) => section(group, rows.filter((row) => row.group === group).map(line), width)),
    section("Global options", globalLines(rootOptions)),
    section("Read more", [
      ["fleet help COMMAND", "what a command does and takes"],
      ...topics.map((topic): Line => [`fleet help ${topic.name}`, topic.title]),
    ]),
  ]);
}

/** The help of a command that runs. */
export function renderCommand(row: LeafRow, command: CommandHelp): string {
  const operands = operandsOf(command.args).map(operandLine);
  const examples = (command.examples ?? []).flatMap((example) => [
    `  ${example.command}`,
    ...wrap(example.explanation, "      "),
  ]);
  return page([
    `usage: ${usageLine(command)}`,
    ...[about(row), ...(command.details ?? [])].map(paragraph),
    section("Operands", operands),
    section(
      "Options",
      optionsOf(command.args).map((option) => indentedOption(option, command)),
    ),
    paragraph(exclusionSentence(command)),
    section("Global options", globalLines(globalOptions)),
    examples.length === 0 ? "" : ["Examples:", ...examples].join("\n"),
  ]);
}

/** The help of a name that only has sub-commands. */
export function renderFamily(row: FamilyRow): string {
  const children = visibleRows(row.children).map((child): Line => [child.name, child.summary]);
  return page([
    `usage: fleet ${row.name} COMMAND [OPERAND...] [OPTION...]`,
    paragraph(about(row)),
    section("Commands", children),
    section("Global options", globalLines(globalOptions)),
  ]);
}

/** What `fleet help TOPIC` prints. */
export function renderTopic(topic: Topic): string {
  const lines = topic.prose === true ? columns(topic.lines, 2) : columns(topic.lines);
  const recipe = (topic.recipe ?? []).map((line) => (line === "" ? "" : `    ${line}`)).join("\n");
  return page([...[sentence(topic.title), ...topic.paragraphs].map(paragraph), lines.join("\n"), recipe]);
}

function globalLines(options: readonly Option[]): Line[] {
  return options.map((option) => indentedOption(option));
}

/** Options without a letter are set in, so that the long names stand below each other. */
function indentedOption(option: Option, command?: CommandHelp): Line {
  const [label, meaning] = optionLine(option, command);
  return [option.short === undefined ? `    ${label}` : label, meaning];
}

function section(title: string, lines: readonly Line[], width = labelWidth(lines)): string {
  return lines.length === 0 ? "" : [`${title}:`, ...columns(lines, width)].join("\n");
}

function paragraph(text: string): string {
  return wrap(text).join("\n");
}

function page(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}
