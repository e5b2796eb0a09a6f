import { FleetError } from "../errors.ts";
import { shellWord } from "../system/shell.ts";
import { likelyOption, shown } from "./argv.ts";
import {
  type CommandRow,
  type CommandTable,
  type FamilyRow,
  findRow,
  type LeafRow,
  lastWord,
  visibleRows,
} from "./command-rows.ts";
import { globalOptions, rootOptions } from "./options.ts";
import { scan, type Token } from "./scan.ts";
import { likelyCommand } from "./suggest.ts";

/** What a command line asks for. */
export type Request =
  | { readonly kind: "overview" }
  | { readonly kind: "version"; readonly json: boolean }
  /** The help of a command, or of the program when there is no row. */
  | { readonly kind: "help"; readonly row: CommandRow | undefined }
  /** A command, and all words but its name. */
  | { readonly kind: "command"; readonly row: LeafRow; readonly words: readonly string[] };

/**
 * Finds the command that the words name and whether only its help is wanted, as far as that is certain without loading it.
 * Global options may stand before the name.
 * @throws {FleetError} `usage`: no command, one that is unknown, or an option of a command before its name
 */
export function resolve(words: readonly string[], commands: CommandTable): Request {
  return words.length === 0
    ? { kind: "overview" }
    : resolveIn({ rows: commands, family: undefined, options: [] }, words);
}

type OptionToken = Extract<Token, { kind: "option" }>;

/** Where a command is looked for, and the global options read on the way there. */
interface Place {
  readonly rows: CommandTable;
  readonly family: FamilyRow | undefined;
  readonly options: readonly OptionToken[];
}

function resolveIn(place: Place, words: readonly string[]): Request {
  const { family } = place;
  const { word, rest, options } = readToCommand(place, words);
  if (options.some(({ option }) => option.name === "version")) {
    return { kind: "version", json: options.some(({ option }) => option.name === "json") };
  }
  const wantsHelp = options.some(({ option }) => option.name === "help");
  if (word === undefined) {
    if (family !== undefined || wantsHelp) return { kind: "help", row: family };
    throw new FleetError("usage", `no command in ${words.map(shown).join(" ")}`, { hint: "see fleet --help" });
  }
  const row = findRow(place.rows, word);
  if (row === undefined) throw unknownCommand(word, rest, { ...place, options });
  if ("children" in row) return resolveIn({ rows: row.children, family: row, options }, rest);
  if (wantsHelp || asksForHelp(rest)) return { kind: "help", row };
  return { kind: "command", row, words: [...options.map(retyped), ...rest] };
}

/** Reads global options up to the first word that is none; `rest` is what follows it. */
function readToCommand(place: Place, words: readonly string[]) {
  const options = [...place.options];
  for (const token of scan(words, rootOptions)) {
    if (token.kind === "unknown") throw unknownOption(token.typed, place.family);
    if (token.kind === "option") options.push(token);
    if (token.kind === "operand") return { word: token.word, rest: words.slice(token.next), options };
  }
  return { word: undefined, rest: [], options };
}

function retyped({ option, typed, value }: OptionToken): string {
  return value === undefined ? typed : `${option.flag}=${value}`;
}

/** Whether `-h` is there before any option that only the command itself knows: such an option could have `-h` as its value. */
function asksForHelp(words: readonly string[]): boolean {
  for (const token of scan(words, globalOptions)) {
    if (token.kind === "unknown") return false;
    if (token.kind === "option" && token.option.name === "help") return true;
  }
  return false;
}

function unknownOption(typed: string, family: FamilyRow | undefined): FleetError {
  const meant = likelyOption(typed, rootOptions);
  const question = meant === undefined ? "" : `; did you mean ${meant}?`;
  const place = meant === undefined ? "the options of a command go after its name; " : "";
  return new FleetError("usage", `unknown option ${shown(typed)}${question}`, { hint: place + helpPointer(family) });
}

function unknownCommand(word: string, rest: readonly string[], { rows, family, options }: Place): FleetError {
  const prefix = family === undefined ? "" : `${family.name} `;
  const meant = likelyCommand(word, visibleRows(rows).map(lastWord));
  const question = meant === undefined ? "" : `; did you mean fleet ${prefix}${meant}?`;
  const line = ["fleet", ...options.map(retyped).map(shellWord), `${prefix}${meant}`, ...rest.map(shellWord)].join(" ");
  const proposal = meant === undefined || rest.length === 0 ? "" : `if so, run ${line}; `;
  return new FleetError("usage", `unknown command ${prefix}${shown(word)}${question}`, {
    hint: proposal + helpPointer(family),
  });
}

function helpPointer(family: FamilyRow | undefined): string {
  return family === undefined ? "see fleet --help" : `see fleet ${family.name} --help`;
}
