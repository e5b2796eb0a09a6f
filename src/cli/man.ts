import { type CommandRow, type CommandTable, type FamilyRow, groups, namesOf, visibleRows } from "./command-rows.ts";
import { about, type DescribedCommand, exclusionSentence, operandLine, optionLine, usageLine } from "./describe.ts";
import { globalOptions, operandsOf, optionsOf, rootOptions } from "./options.ts";
import { type Line, sentence } from "./text.ts";
import { type Topic, topics } from "./topics.ts";

/**
 * Every manual page in roff by the name of its file: `fleet.1` of the whole, `fleet-create.1` and the like of each command, and a page
 * for each other name that shows what it stands for. `date` is that of the sources (`2026-11-28`); without one the pages bear none.
 */
export function renderManPages(
  commands: CommandTable,
  described: readonly DescribedCommand[],
  date = "",
): Record<string, string> {
  const rows = visibleRows(commands);
  const families = rows.filter((row) => "children" in row);
  const pages: (readonly [name: string, text: string])[] = [
    ["fleet", page("fleet", date, overall(rows))],
    ["flt", sameAs("fleet")],
    ...described.flatMap((command) => pagesOf(command.row, date, ofCommand(command))),
    ...families.flatMap((family) => pagesOf(family, date, ofFamily(family))),
  ];
  return Object.fromEntries(pages.map(([name, text]) => [`${name}.1`, text]));
}

/** The page of a command, and one for each of its other names. */
function pagesOf(row: CommandRow, date: string, sections: readonly string[]): (readonly [string, string])[] {
  const [, ...aliases] = namesOf(row);
  return [
    [pageOf(row), page(pageOf(row), date, sections)],
    ...aliases.map((alias) => [named(alias), sameAs(pageOf(row))] as const),
  ];
}

/** `fleet-config-show` of `config show`. */
function pageOf(row: CommandRow): string {
  return named(row.name);
}

function named(command: string): string {
  return `fleet-${command.replaceAll(" ", "-")}`;
}

function page(name: string, date: string, sections: readonly string[]): string {
  return [`.TH ${roff(name.toUpperCase())} 1 "${date}" ai\\-fleet "User Commands"`, ...sections, ""].join("\n");
}

/** A page that is another one (man(7): the path is from the folder that holds `man1`). */
function sameAs(name: string): string {
  return `.so man1/${name}.1\n`;
}

function overall(rows: readonly CommandRow[]): string[] {
  const inGroup = (group: CommandRow["group"]) => rows.filter((row) => row.group === group);
  return [
    ".SH NAME",
    "fleet, flt \\- run coding agents side by side, each in a git worktree of its own",
    ".SH SYNOPSIS",
    bold("fleet COMMAND [OPERAND...] [OPTION...]"),
    ".SH DESCRIPTION",
    roff(
      "Every agent works in its own git worktree, on its own branch, in its own tmux session. No process of fleet stays " +
        "behind: between two commands all there is to know is in git, in tmux and in ~/.ai_fleet.",
    ),
    ".SH COMMANDS",
    "Each has a page of its own.",
    ...groups.flatMap((group) => [`.SS ${group}`, ...inGroup(group).flatMap(entry)]),
    ".SH GLOBAL OPTIONS",
    roff("Understood by every command, before or after its name."),
    ...tagged(rootOptions.map((option) => optionLine(option))),
    ...topics.flatMap(topicSection),
    ".SH SEE ALSO",
    ...references(["git-worktree", "tmux"]),
  ];
}

/** A command in a list of commands: its page, and what it does. */
function entry(row: CommandRow): string[] {
  return [".TP", `.BR ${roff(pageOf(row))} (1)`, roff(about(row))];
}

function ofCommand({ row, help }: DescribedCommand): string[] {
  const excluded = exclusionSentence(help);
  const operands = tagged(operandsOf(help.args).map(operandLine));
  const options = tagged(optionsOf(help.args).map((option) => optionLine(option, help)));
  return [
    ...nameSection(row),
    ".SH SYNOPSIS",
    bold(usageLine(help)),
    ".SH DESCRIPTION",
    ...paragraphs([about(row), ...(help.details ?? [])]),
    ...section("OPERANDS", operands),
    ...section("OPTIONS", options),
    ...(excluded === "" ? [] : [".PP", roff(excluded)]),
    ".SH GLOBAL OPTIONS",
    ...tagged(globalOptions.map((option) => optionLine(option))),
    ...section("EXAMPLES", (help.examples ?? []).flatMap(exampleLines).slice(1)),
    ".SH SEE ALSO",
    ...references(["fleet"]),
  ];
}

function ofFamily(family: FamilyRow): string[] {
  return [
    ...nameSection(family),
    ".SH SYNOPSIS",
    bold(`fleet ${family.name} COMMAND [OPERAND...] [OPTION...]`),
    ".SH DESCRIPTION",
    roff(about(family)),
    ".SH COMMANDS",
    ...visibleRows(family.children).flatMap(entry),
    ".SH SEE ALSO",
    ...references(["fleet"]),
  ];
}

/** What apropos(1) finds: names, a dash, and what it does. */
function nameSection(row: CommandRow): string[] {
  return [".SH NAME", `${namesOf(row).map(named).map(roff).join(", ")} \\- ${roff(row.summary)}`];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`.SH ${title}`, ...lines];
}

function exampleLines(example: { readonly explanation: string; readonly command: string }): string[] {
  return [".PP", roff(sentence(example.explanation)), ".PP", ".RS 4", ".nf", roff(example.command), ".fi", ".RE"];
}

function topicSection(topic: Topic): string[] {
  const heading = topic.name.replaceAll("-", " ").toUpperCase();
  return [
    `.SH ${heading}`,
    ...paragraphs(topic.paragraphs),
    ...tagged(topic.lines),
    ...(topic.recipe === undefined ? [] : [".PP", ".RS 4", ".nf", ...topic.recipe.map(copied), ".fi", ".RE"]),
  ];
}

/** Paragraphs below a heading, which begins the first. */
function paragraphs(texts: readonly string[]): string[] {
  return texts.flatMap((text) => [".PP", roff(text)]).slice(1);
}

/** Other pages, with commas between them. */
function references(pages: readonly string[]): string[] {
  return pages.map((name, index) => `.BR ${roff(name)} (1)${index < pages.length - 1 ? "," : ""}`);
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
 * ASCII characters that can be copied into a shell (groff_char(7)); all others are told by their number, in whatever encoding it is read.
 */
function roff(text: string): string {
  const escaped = text
    .replace(/\s+/g, " ")
    .replace(/[\\\-'"`^~]/g, (character) => roffCharacters[character] ?? character)
    .replace(/[^\x20-\x7e]/gu, (character) => `\\[u${codePoint(character)}]`);
  return escaped.startsWith(".") ? `\\&${escaped}` : escaped;
}

/** Four hexadecimal digits or more, as roff wants them. */
function codePoint(character: string): string {
  return (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
}
