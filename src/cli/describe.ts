import type { CommandHelp } from "../commands/definition.ts";
import { type CommandRow, type LeafRow, namesOf } from "./command-rows.ts";
import { type Operand, type Option, operandsOf, optionsOf } from "./options.ts";
import { exclusionsOf, neededFor } from "./relations.ts";
import { type Line, sentence } from "./text.ts";

/** A command with its definition loaded. */
export interface DescribedCommand {
  readonly row: LeafRow;
  readonly help: CommandHelp;
}

/** `fleet create BRANCH [OPTION...]` */
export function usageLine(command: CommandHelp): string {
  const operands = operandsOf(command.args).map((operand) =>
    operand.required ? operandLabel(operand) : `[${operandLabel(operand)}]`,
  );
  const options = optionsOf(command.args).length === 0 ? [] : ["[OPTION...]"];
  const words = command.passthrough === undefined ? [] : ["--", command.passthrough];
  const passthrough = command.passthroughOptional === true ? [`[${words.join(" ")}]`] : words;
  return ["fleet", command.name, ...operands, ...options, ...passthrough].join(" ");
}

/** `-p, --prompt TEXT`, and what it does; of an option of a command also what has to be there for it. */
export function optionLine(option: Option, command?: CommandHelp): Line {
  const spellings = option.short === undefined ? option.flag : `${option.short}, ${option.flag}`;
  const needed = command === undefined ? [] : neededFor(command, option.name);
  const condition = needed.length === 0 ? "" : `with ${needed.join(" or ")}: `;
  const label = option.value === undefined ? spellings : `${spellings} ${option.value}`;
  return [label, condition + optionMeaning(option)];
}

/** What cannot be given together, in a sentence; empty when all can. */
export function exclusionSentence(command: CommandHelp): string {
  const groups = Map.groupBy(exclusionsOf(command), ([first]) => first);
  const parts = [...groups].map(([first, pairs]) => `${first} with ${listed(pairs.map(([, second]) => second))}`);
  return parts.length === 0 ? "" : `Cannot be combined: ${parts.join("; ")}.`;
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** `BRANCH...`, and what it is. */
export function operandLine(operand: Operand): Line {
  return [operandLabel(operand), operand.description];
}

/** What a command does, in a sentence, and its other names in another. */
export function about(row: CommandRow): string {
  const [, ...aliases] = namesOf(row).map((name) => `fleet ${name}`);
  return aliases.length === 0 ? sentence(row.summary) : `${sentence(row.summary)} Also: ${aliases.join(", ")}.`;
}

function operandLabel(operand: Operand): string {
  return operand.variadic && !operand.label.includes("...") ? `${operand.label}...` : operand.label;
}

/** What an option does, with the values it takes, the value it has when not given, and whether it can be repeated. */
function optionMeaning(option: Option): string {
  const choicesShown = option.choices === undefined || option.value === option.choices.join("|");
  const choices = choicesShown ? "" : `: ${option.choices.join(", ")}`;
  const fallback = option.fallback ? ` (default: ${option.fallback})` : "";
  const repeatable = option.repeatable ? " (may be repeated)" : "";
  return `${option.description}${choices}${fallback}${repeatable}`;
}
