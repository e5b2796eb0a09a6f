import type { CommandArguments, Completion } from "../commands/definition.ts";

/** An option as it is typed and shown. */
export interface Option {
  /** The name it was declared with. */
  readonly name: string;
  /** `--prompt`; `--no-setup` for a switch that is on by default. */
  readonly flag: string;
  /** `-p` */
  readonly short: string | undefined;
  readonly description: string;
  /** What stands for its value in the help; undefined for a switch. */
  readonly value: string | undefined;
  /** The only values it takes. */
  readonly choices: readonly string[] | undefined;
  readonly repeatable: boolean;
  /** The value that is taken when the option is not given. */
  readonly fallback: string | undefined;
  /** What giving a switch sets it to. */
  readonly turns: boolean;
  readonly completes: Completion | undefined;
}

/** An operand as it is typed and shown. */
export interface Operand {
  /** The name it was declared with. */
  readonly name: string;
  /** `BRANCH` */
  readonly label: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly completes: Completion | undefined;
}

/** Understood by every command, before or after its name. */
export const globalArguments = {
  json: { type: "boolean", description: "answer with one JSON object" },
  directory: {
    type: "string",
    alias: "C",
    valueHint: "DIR",
    completes: "directories",
    description: "act as if started in DIR",
  },
  trace: { type: "boolean", description: "say on standard error what is run" },
  help: { type: "boolean", alias: "h", description: "show the help of the command" },
} as const satisfies CommandArguments;

export const globalOptions: readonly Option[] = optionsOf(globalArguments);

/** Understood before the name of a command. */
export const rootOptions: readonly Option[] = [
  ...globalOptions,
  ...optionsOf({ version: { type: "boolean", alias: "V", description: "print the version of fleet" } }),
];

/** The options among the arguments of a command, in the order they were declared. */
export function optionsOf(args: CommandArguments): Option[] {
  return Object.entries(args).flatMap(([name, arg]) => (arg.type === "positional" ? [] : [optionOf(name, arg)]));
}

function optionOf(name: string, arg: DeclaredOption): Option {
  const turns = arg.type !== "boolean" || arg.default !== true;
  const common = {
    name,
    flag: turns ? `--${name}` : `--no-${name}`,
    short: arg.alias === undefined ? undefined : `-${arg.alias}`,
    description: arg.description,
    turns,
    value: undefined,
    choices: undefined,
    repeatable: false,
    fallback: undefined,
    completes: undefined,
  };
  switch (arg.type) {
    case "boolean":
      return common;
    case "enum":
      return {
        ...common,
        value: arg.valueHint ?? choicesOr(name, arg.options),
        choices: arg.options,
        completes: arg.options,
      };
    case "string": {
      const { valueHint = name.toUpperCase(), repeatable = false, default: fallback, completes } = arg;
      return { ...common, value: valueHint, repeatable, fallback, completes };
    }
  }
}

/** The choices stand for the value when they are few, else the name does. */
function choicesOr(name: string, choices: readonly string[]): string {
  const joined = choices.join("|");
  return joined.length <= 20 ? joined : name.toUpperCase();
}

type DeclaredOption = Exclude<CommandArguments[string], { readonly type: "positional" }>;

/** The operands among the arguments of a command, in the order they are typed. */
export function operandsOf(args: CommandArguments): Operand[] {
  const operands: Operand[] = [];
  for (const [name, arg] of Object.entries(args)) {
    if (arg.type !== "positional") continue;
    operands.push({
      name,
      label: arg.valueHint ?? name.toUpperCase(),
      description: arg.description,
      required: arg.required !== false,
      variadic: arg.variadic === true,
      completes: arg.completes,
    });
  }
  return operands;
}
