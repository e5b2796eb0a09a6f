import type { TomlError } from "smol-toml";
import { tomlLine } from "./toml.ts";

/** What smol-toml's reasons come from when a person writes a configuration, by how they begin. */
const causes = [
  ["expected comma or end", "a comma or a closing bracket is missing before this place"],
  ["unfinished array", "a closing bracket is missing"],
  ["unfinished string", "a closing quote is missing"],
  ["control characters are not allowed in strings", "a closing quote is missing"],
  ["trying to redefine", "it is set twice"],
] as const;

/** Why a text is not TOML, where, and what was probably meant. */
export function syntaxMistake(error: TomlError, text: string) {
  // The rest of the message is an excerpt of the text.
  const reason = (error.message.split("\n")[0] ?? "").replace("Invalid TOML document: ", "");
  const [, cause] = causes.find(([beginning]) => reason.startsWith(beginning)) ?? [];
  return {
    line: error.line,
    problem: `not TOML at column ${error.column}: ${reason}`,
    hint: cause ?? missingQuotes(text.split("\n")[error.line - 1] ?? ""),
  };
}

function missingQuotes(line: string): string | undefined {
  const [, name, value] = /^\s*([\w-]+)\s*=\s*([A-Za-z~$/][^"'#]*)/.exec(line) ?? [];
  if (name === undefined || value === undefined) return undefined;
  return `text needs quotes: ${tomlLine(name, value.trim())}`;
}
