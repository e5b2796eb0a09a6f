import { about, type DescribedCommand, exclusionSentence, operandLine, optionLine, usageLine } from "./describe.ts";
import { operandsOf, optionsOf, rootOptions } from "./options.ts";
import { type Line, sentence } from "./text.ts";
import { type Topic, topics } from "./topics.ts";

/** The manual page fleet(1) in roff. It has neither version nor date, so that the same sources give the same page. */
export function renderManPage(commands: readonly DescribedCommand[]): string {
  return [
    '.TH FLEET 1 "" ai\\-fleet "User Commands"',
    ".SH NAME",
    roff("fleet, flt - run coding agents side by side, each in a git worktree of its own"),
    ".SH SYNOPSIS",
    bold("fleet COMMAND [OPERAND...] [OPTION...]"),
    ".SH DESCRIPTION",
    roff(
      "Every agent works in its own git worktree, on its own branch, in its own tmux session. No process of fleet stays " +
        "behind: between two commands all there is to know is in git, in tmux and in ~/.ai_fleet.",
    ),
    ".SH COMMANDS",
    ...commands.flatMap(command),
    ".SH GLOBAL OPTIONS",
    roff("Understood by every command, before or after its name."),
    ...tagged(rootOptions.map((option) => optionLine(option))),
    ...topics.flatMap(topicSection),
    ".SH SEE ALSO",
    ".BR git\\-worktree (1),",
    ".BR tmux (1)",
    "",
  ].join("\n");
}

function command({ row, help }: DescribedCommand): string[] {
  const excluded = exclusionSentence(help);
  return [
    `.SS ${roff(usageLine(help))}`,
    roff(about(row)),
    ...(help.details ?? []).flatMap((paragraph) => [".PP", roff(paragraph)]),
    ...tagged(operandsOf(help.args).map(operandLine)),
    ...tagged(optionsOf(help.args).map((option) => optionLine(option, help))),
    ...(excluded === "" ? [] : [".PP", roff(excluded)]),
    ...(help.examples ?? []).flatMap((example) => [
      ".PP",
      roff(sentence(example.explanation)),
      ".PP",
      ".RS 4",
      ".nf",
      roff(example.command),
      ".fi",
      ".RE",
    ]),
  ];
}

function topicSection(topic: Topic): string[] {
  const heading = topic.name.replaceAll("-", " ").toUpperCase();
  return [
    `.SH ${heading}`,
    ...topic.paragraphs.flatMap((paragraph) => [".PP", roff(paragraph)]),
    ...tagged(topic.lines),
    ...(topic.recipe === undefined ? [] : [".PP", ".RS 4", ".nf", ...topic.recipe.map(copied), ".fi", ".RE"]),
  ];
}

/** A line as it is; one without anything would end the paragraph. */
function copied(line: string): string {
  return line === "" ? ".sp" : roff(line);
}

/** Paragraphs with a hanging bold label. */
function tagged(lines: readonly Line[]): string[] {
  return lines.flatMap(([label, meaning]) => [".TP", bold(label), roff(meaning)]);
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`;
}

const roffCharacters: Readonly<Record<string, string>> = {
  "\\": "\\e",
  "-": "\\-",
  "'": "\\(aq",
  '"': "\\(dq",
  "`": "\\(ga",
  "^": "\\(ha",
  "~": "\\(ti",
};

/**
 * Text on one line, in which nothing is a request, an escape or a macro argument's quote, and in which dashes and quotes stay the
 * ASCII characters that can be copied into a shell (groff_char(7)).
 */
function roff(text: string): string {
  const escaped = text
    .replace(/\s+/g, " ")
    .replace(/[\\\-'"`^~]/g, (character) => roffCharacters[character] ?? character);
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}
