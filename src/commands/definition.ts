import type { ArgsDef, CommandDef } from "citty";
import type { Application } from "./application.ts";

/** What a shell offers for a value: words the program knows, names of the file system, or exactly these words. */
export type Completion = "targets" | "agents" | "branches" | "commands" | "files" | "directories" | readonly string[];

interface Described {
  /** Three to eight words, lower case, no full stop. */
  readonly description: string;
  /** What stands for the value in the help: `--prompt TEXT`. */
  readonly valueHint?: string;
  /** It means something only beside one of these arguments, by their names. */
  readonly needs?: readonly string[];
  /** It cannot be given beside any of these, by their names; one of the two says so. `json` is there in every command. */
  readonly excludes?: readonly string[];
}

interface TextOption extends Described {
  readonly type: "string";
  readonly alias?: string;
  readonly default?: string;
  /** May be given several times; the values are in `Invocation.repeated`. */
  readonly repeatable?: boolean;
  readonly completes?: Completion;
}

interface ChoiceOption extends Described {
  readonly type: "enum";
  readonly alias?: string;
  readonly options: readonly string[];
}

/** With a default of `true` the option exists only as `--no-NAME`, and the description says what that does. */
interface SwitchOption extends Described {
  readonly type: "boolean";
  readonly alias?: string;
  readonly default?: boolean;
}

/** Operands are declared in order; only the last may be variadic. */
interface Operand extends Described {
  readonly type: "positional";
  readonly required?: boolean;
  readonly variadic?: boolean;
  readonly completes?: Completion;
}

/** The arguments of one command: a subset of citty's, plus `repeatable` and `variadic`, which the tokenizer in `cli/` enforces. */
export type CommandArguments = Readonly<Record<string, TextOption | ChoiceOption | SwitchOption | Operand>>;

/** A command line for the help of a command, and what it is for. */
export interface Example {
  readonly command: string;
  readonly explanation: string;
}

/** What a command is run with, beside its typed arguments. */
export interface Invocation {
  readonly application: Application;
  /** All operands in the order given, for commands whose last operand is variadic. */
  readonly operands: readonly string[];
  /** The values of repeatable options, by option name; an empty array when not given. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  /** The words after `--` of a command that runs another program; empty for every other command. */
  readonly passthrough: readonly string[];
}

/** Everything the help, the completions, the reference and the man page say about a command. */
export interface CommandHelp {
  /** As typed after `fleet`: `create`, `config show`. */
  readonly name: string;
  readonly args: CommandArguments;
  /** Paragraphs after the one-line summary; plain text, wrapped when printed. */
  readonly details?: readonly string[];
  readonly examples?: readonly Example[];
  /** The words after `--` are a program to run, named so in the usage line. */
  readonly passthrough?: string;
  /** There may be none. */
  readonly passthroughOptional?: true;
}

/** A command as `cli/` runs it: citty's definition, and what the help says. */
export interface FleetCommand {
  readonly help: CommandHelp;
  readonly definition: CommandDef<ArgsDef>;
}

/** The exit code of a command that did what was asked, for all of its targets or only for some. */
export type CommandResult = 0 | 1 | 2 | 124 | undefined;

/** Defines a command: its arguments and help in one place, its code beside them. */
export function defineFleetCommand<const Arguments extends CommandArguments>(
  command: Omit<CommandHelp, "args"> & {
    readonly args: Arguments;
    run(args: ArgumentValues<Arguments>, invocation: Invocation): Promise<CommandResult>;
  },
): FleetCommand {
  const { run, ...help } = command;
  const definition: CommandDef<ArgsDef> = {
    meta: { name: command.name },
    args: command.args as ArgsDef,
    run: ({ args, data }) => run(args as ArgumentValues<Arguments>, data as Invocation),
  };
  return { help, definition };
}

/** The values that citty hands to `run`: its own type for this cannot be used with constants and `exactOptionalPropertyTypes`. */
export type ArgumentValues<Arguments extends CommandArguments> = {
  readonly [Name in keyof Arguments]: ArgumentValue<Arguments[Name]>;
};

type ArgumentValue<Argument> = Argument extends { type: "boolean" }
  ? Defaulted<Argument, boolean>
  : Argument extends { type: "enum"; options: readonly (infer Choice)[] }
    ? Choice | undefined
    : Argument extends { type: "positional"; required: false }
      ? string | undefined
      : Argument extends { type: "positional" }
        ? string
        : Defaulted<Argument, string>;

type Defaulted<Argument, Value> = Argument extends { default: Value } ? Value : Value | undefined;
