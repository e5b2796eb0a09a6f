import type { CommandHelp } from "../commands/definition.ts";
import { FleetError } from "../errors.ts";
import { shellWord } from "../system/shell.ts";
import { globalArguments, globalOptions, type Option, operandsOf, optionsOf } from "./options.ts";
import { brokenRelation } from "./relations.ts";
import { scan, type Token } from "./scan.ts";
import { closest } from "./suggest.ts";

/** The words of one command, understood. */
export interface CommandLine {
  /** For citty, in the one spelling it cannot misread: `["--prompt=--no-verify", "--setup=false", "--", "fix"]`. */
  readonly canonical: readonly string[];
  readonly operands: readonly string[];
  /** The values of every repeatable option, by name. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly passthrough: readonly string[];
  readonly global: GlobalOptions;
}

interface GlobalOptions {
  readonly json: boolean;
  readonly directory: string | undefined;
  readonly trace: boolean;
  /** The help is wanted: the words after the option were not looked at. */
  readonly help: boolean;
}

/** What has been read so far. */
interface Reading {
  /** The values of each option, by name. */
  readonly given: Map<string, readonly string[]>;
  readonly operands: string[];
  readonly passthrough: string[];
  ended: boolean;
}

/**
 * Understands the words after the name of a command, strictly: nothing is ignored, guessed or changed, and the value of an option
 * may be anything.
 * @throws {FleetError} `usage`: an option that is unknown, repeated, without its value or with one it does not take, a value that
 *   is not among the choices, an operand that is missing or too many, arguments that do not go together
 */
export function understand(words: readonly string[], command: CommandHelp): CommandLine {
  const options = [...optionsOf(command.args), ...globalOptions];
  const reading: Reading = { given: new Map(), operands: [], passthrough: [], ended: false };
  for (const token of scan(words, options)) {
    read(token, reading, command, options);
    if (reading.given.has("help")) return commandLine(reading, command);
  }
  checkOperands(reading, command);
  checkRelations(reading, command);
  if (command.passthrough !== undefined && command.passthroughOptional !== true && reading.passthrough.length === 0) {
    throw usage(
      `fleet ${command.name} needs -- ${command.passthrough}`,
      command,
      withSeparator(reading.operands, command),
    );
  }
  return commandLine(reading, command);
}

function read(token: Token, reading: Reading, command: CommandHelp, options: readonly Option[]): void {
  switch (token.kind) {
    case "end":
      reading.ended = true;
      break;
    case "operand":
      (reading.ended && command.passthrough !== undefined ? reading.passthrough : reading.operands).push(token.word);
      break;
    case "unknown":
      throw unknownOption(token.typed, token.word, command, options);
    case "option":
      readOption(token, reading.given, command);
  }
}

/** Where the program was given without the two dashes, the line with them. */
function withSeparator(operands: readonly string[], command: CommandHelp): string {
  const [first, ...program] = operands;
  if (first === undefined || program.length === 0) return "";
  return `if ${shown(program[0] ?? "")} is the program, run fleet ${command.name} ${shellWord(first)} -- ${program.map(shellWord).join(" ")}; `;
}

function readOption(
  { option, typed, value }: Extract<Token, { kind: "option" }>,
  given: Map<string, readonly string[]>,
  command: CommandHelp,
): void {
  const values = given.get(option.name) ?? [];
  if (values.length > 0 && !option.repeatable) throw usage(`${typed} is given twice`, command);
  if (option.value === undefined) {
    if (value !== undefined) throw usage(`${typed} takes no value`, command);
    given.set(option.name, [String(option.turns)]);
    return;
  }
  if (value === undefined) throw usage(`${typed} needs a value: ${typed} ${option.value}`, command);
  if (option.choices !== undefined && !option.choices.includes(value)) {
    const meant = closest(value, option.choices);
    const question = meant === undefined ? "" : `; did you mean ${meant}?`;
    throw usage(`${typed} takes ${option.choices.join(", ")}, not ${shown(value)}${question}`, command);
  }
  given.set(option.name, [...values, value]);
}

function checkOperands({ operands: given, given: options }: Reading, command: CommandHelp): void {
  const declared = operandsOf(command.args);
  const missing = declared.find((operand, index) => operand.required && index >= given.length);
  if (missing !== undefined) throw usage(`fleet ${command.name} needs ${missing.label}`, command);

  const surplus = given[declared.length];
  if (surplus === undefined || declared.at(-1)?.variadic === true) return;
  const text = given.slice(declared.length).join(" ");
  const line = [command.name, ...given.slice(0, declared.length).map(shellWord), "-p", shellWord(text)].join(" ");
  const asText = takesPrompt(command) && !options.has("prompt") ? `to give it as the prompt, run fleet ${line}; ` : "";
  throw usage(`unexpected ${shown(surplus)}`, command, asText);
}

function checkRelations({ operands, given }: Reading, command: CommandHelp): void {
  const names = operandsOf(command.args).slice(0, operands.length);
  const problem = brokenRelation(command, new Set([...given.keys(), ...names.map(({ name }) => name)]));
  if (problem !== undefined) throw usage(problem, command);
}

function commandLine({ given, operands, passthrough }: Reading, command: CommandHelp): CommandLine {
  const global = {
    json: given.has("json"),
    directory: given.get("directory")?.at(-1),
    trace: given.has("trace"),
    help: given.has("help"),
  };
  const own = [...given].filter(([name]) => !Object.hasOwn(globalArguments, name));
  const options = own.map(([name, values]) => `--${name}=${values.at(-1)}`);
  const repeatable = optionsOf(command.args).filter((option) => option.repeatable);
  const repeated = Object.fromEntries(repeatable.map(({ name }) => [name, given.get(name) ?? []]));
  return { canonical: [...options, "--", ...operands], operands, repeated, passthrough, global };
}

function unknownOption(typed: string, word: string, command: CommandHelp, options: readonly Option[]): FleetError {
  const meant = likelyOption(typed, options);
  if (meant !== undefined) return usage(`unknown option ${shown(typed)}; did you mean ${meant}?`, command);
  const withDashes = /\s/.test(word) ? "to pass it as text, put -- before it; " : "";
  const asText = takesPrompt(command) ? "to pass it as text, give it to -p; " : withDashes;
  return usage(`unknown option ${shown(typed)}`, command, asText);
}

/** The spelling of one of `options` that was probably meant by `typed`; never its opposite. */
export function likelyOption(typed: string, options: readonly Option[]): string | undefined {
  const negates = (spelling: string) => spelling.startsWith("--no-");
  const spellings = options
    .flatMap(({ flag, short }) => (short === undefined ? [flag] : [flag, short]))
    .filter((spelling) => negates(spelling) === negates(typed));
  return closest(typed, spellings) ?? closest(`-${typed}`, spellings);
}

function takesPrompt(command: CommandHelp): boolean {
  return command.args.prompt?.type === "string";
}

/** A word as it is named in a message: in quotes when it is not plain. */
export function shown(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : JSON.stringify(word);
}

function usage(message: string, command: CommandHelp, before = ""): FleetError {
  return new FleetError("usage", message, { hint: `${before}see fleet ${command.name} --help` });
}
