import type { CommandArguments, Completion } from "../../commands/definition.ts";
import { type CommandTable, lastWord, visibleRows } from "../command-rows.ts";
import type { DescribedCommand } from "../describe.ts";
import { globalOptions, type Operand, type Option, operandsOf, optionsOf, rootOptions } from "../options.ts";
import { topics } from "../topics.ts";

/** What a shell offers at a place: words that `fleet __complete` prints, names of the file system, or exactly these words. */
export type Offer = Exclude<Completion, "commands">;

type Offering<Thing> = Omit<Thing, "completes"> & { readonly offer: Offer | undefined };

/** An option of a command, with what a shell offers for its value. */
export interface CompletedOption extends Offering<Option> {
  /** All spellings of the options beside which it cannot be given. */
  readonly excludedBy: readonly string[];
}

/** A command, a name with sub-commands, or the program itself, as the completion scripts see it. */
export interface CommandNode {
  /** The words after `fleet`: `config show`; empty for the program itself. */
  readonly path: string;
  /** All that the last word of `path` can be typed as, its name first. */
  readonly words: readonly [name: string, ...aliases: string[]];
  readonly summary: string;
  /** Its own options, without the global ones. */
  readonly options: readonly CompletedOption[];
  readonly operands: readonly Offering<Operand>[];
  readonly children: readonly CommandNode[];
}

/** The program with its commands, without the hidden ones. */
export function completionTree(commands: CommandTable, described: readonly DescribedCommand[]): CommandNode {
  const helpWords = [
    ...visibleRows(commands).map(lastWord),
    ...topics.map((topic) => topic.name),
    "topics",
    "licenses",
    "man",
  ];
  const definitions = new Map(described.map(({ row, help }) => [row.name, help]));

  const offering = <Thing extends Completed>(thing: Thing) => withOffer(thing, helpWords);
  const children = (rows: CommandTable): CommandNode[] =>
    visibleRows(rows).map((row) => {
      const args = definitions.get(row.name)?.args ?? {};
      return {
        path: row.name,
        words: [lastWord(row), ...row.aliases],
        summary: row.summary,
        options: optionsOf(args).map((option) => ({ ...offering(option), excludedBy: excludedBy(option, args) })),
        operands: operandsOf(args).map(offering),
        children: "children" in row ? children(row.children) : [],
      };
    });
  return {
    path: "",
    words: ["fleet", "flt"],
    summary: "",
    options: rootOptions
      .filter((option) => !globalOptions.includes(option))
      .map((option) => ({ ...offering(option), excludedBy: [] })),
    operands: [],
    children: children(commands),
  };
}

/** The options that are offered everywhere. */
export const offeredEverywhere: readonly CompletedOption[] = globalOptions.map((option) => ({
  ...withOffer(option, []),
  excludedBy: [],
}));

/** Every node of the tree, parents first. */
export function everyNode(node: CommandNode): CommandNode[] {
  return [node, ...node.children.flatMap(everyNode)];
}

function excludedBy({ name }: Option, args: CommandArguments): string[] {
  const excludes = (from: string, other: string) => args[from]?.excludes?.includes(other) === true;
  return [...optionsOf(args), ...globalOptions]
    .filter((other) => excludes(name, other.name) || excludes(other.name, name))
    .flatMap(({ flag, short }) => (short === undefined ? [flag] : [short, flag]));
}

interface Completed {
  readonly completes: Completion | undefined;
}

function withOffer<Thing extends Completed>(thing: Thing, commandWords: readonly string[]): Offering<Thing> {
  const { completes, ...rest } = thing;
  return { ...rest, offer: completes === "commands" ? commandWords : completes };
}
