import type { Option } from "./options.ts";

/** One thing the user typed. `end` is the `--` after which nothing is an option; `next` is the index of the word after an operand. */
export type Token =
  | { readonly kind: "option"; readonly option: Option; readonly typed: string; readonly value: string | undefined }
  | { readonly kind: "unknown"; readonly typed: string; readonly word: string }
  | { readonly kind: "operand"; readonly word: string; readonly next: number }
  | { readonly kind: "end" };

/**
 * Reads words from left to right as `getopt_long` does: the word after an option that takes a value is its value, whatever it
 * looks like. An option token without a value is a switch, or an option whose value is missing; a switch with one was given
 * `--switch=value`. Nothing is judged here. Not built on `parseArgs` of node:util: that splits unknown words into letters.
 */
export function* scan(words: readonly string[], options: readonly Option[]): Generator<Token, void, undefined> {
  const spelled = bySpelling(options);
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "--") {
      yield { kind: "end" };
      yield* words
        .slice(index + 1)
        .map((operand, after) => ({ kind: "operand", word: operand, next: index + after + 2 }) as const);
      return;
    }
    for (const token of tokensOf(word, index, spelled)) {
      if (lacksValue(token)) {
        index += 1;
        yield { ...token, value: words[index] };
      } else {
        yield token;
      }
    }
  }
}

type Spellings = ReadonlyMap<string, Option>;
type OptionToken = Extract<Token, { kind: "option" | "unknown" }>;

function bySpelling(options: readonly Option[]): Spellings {
  const spelled = new Map<string, Option>();
  for (const option of options) {
    spelled.set(option.flag, option);
    if (option.short !== undefined) spelled.set(option.short, option);
  }
  return spelled;
}

function tokensOf(word: string, index: number, spelled: Spellings): Token[] {
  if (word.startsWith("--")) return [longOption(word, spelled)];
  if (word.startsWith("-") && word !== "-") return shortOptions(word, spelled);
  return [{ kind: "operand", word, next: index + 1 }];
}

function lacksValue(token: Token): token is Extract<Token, { kind: "option" }> {
  return token.kind === "option" && token.option.value !== undefined && token.value === undefined;
}

/** `--lines`, `--lines=200` */
function longOption(word: string, spelled: Spellings): OptionToken {
  const equals = word.indexOf("=");
  const typed = equals === -1 ? word : word.slice(0, equals);
  const option = spelled.get(typed);
  if (option === undefined) return { kind: "unknown", typed, word };
  return { kind: "option", option, typed, value: equals === -1 ? undefined : word.slice(equals + 1) };
}

/** `-n`, `-n200`, `-n=200`, `-yd`, `-ydn200`. A long option with one dash is unknown, not a cluster: `-prompt` is no prompt "rompt". */
function shortOptions(word: string, spelled: Spellings): OptionToken[] {
  if (word.length > 2 && longOption(`-${word}`, spelled).kind === "option") {
    return [{ kind: "unknown", typed: word.replace(/=.*/s, ""), word }];
  }
  const tokens: OptionToken[] = [];
  let rest = word.slice(1);
  while (rest !== "") {
    const letter = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    rest = rest.slice(letter.length);
    const typed = `-${letter}`;
    const option = spelled.get(typed);
    if (option === undefined) return [...tokens, { kind: "unknown", typed: tokens.length === 0 ? word : typed, word }];
    const takesRest = rest !== "" && (option.value !== undefined || rest.startsWith("="));
    tokens.push({ kind: "option", option, typed, value: takesRest ? rest.replace(/^=/, "") : undefined });
    if (takesRest) break;
  }
  return tokens;
}
