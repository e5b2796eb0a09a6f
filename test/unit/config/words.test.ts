import { expect, test } from "bun:test";
import fc from "fast-check";
import { splitWords } from "../../../src/config/words.ts";

const lines: Readonly<Record<string, readonly string[] | undefined>> = {
  "": [],
  "  \t\n": [],
  "--yolo": ["--yolo"],
  "  --model  opus\t--verbose ": ["--model", "opus", "--verbose"],
  "--system 'be brief'": ["--system", "be brief"],
  '--system "be brief"': ["--system", "be brief"],
  "''": [""],
  '-c ""': ["-c", ""],
  "a''b": ["ab"],
  "a'b c'd\"e f\"g": ["ab cde fg"],
  "it\\'s a\\ b": ["it's", "a b"],
  "'a\\b'": ["a\\b"],
  '"a\\"b\\\\c\\$d\\`e\\n"': ['a"b\\c$d`e\\n'],
  "a\\\nb": ["ab"],
  "a \\\n b": ["a", "b"],
  '"a\\\nb"': ["ab"],
  "$HOME ~ * $(id) # ;": ["$HOME", "~", "*", "$(id)", "#", ";"],
  "--name 'open": undefined,
  '--name "open': undefined,
  '"open\\"': undefined,
  "trailing\\": undefined,
};

for (const [line, words] of Object.entries(lines)) {
  test(`${JSON.stringify(line)} ${words === undefined ? "cannot be split" : `is ${words.length} words`}`, () => {
    expect(splitWords(line)).toEqual(words);
  });
}

const quotings: readonly ((word: string) => string)[] = [
  (word) => `'${word.replaceAll("'", `'"'"'`)}'`,
  (word) => `"${word.replace(/[$`"\\]/g, "\\$&")}"`,
  // A backslash before a newline would vanish with it.
  (word) => [...word].map((character) => (character === "\n" ? "'\n'" : `\\${character}`)).join("") || "''",
];

test("words that were quoted in any way come back as they were", () => {
  const quoted = fc.record({
    word: fc.string({ unit: fc.oneof(fc.constantFrom(..." \t\n\"'\\$`#"), fc.string({ minLength: 1, maxLength: 1 })) }),
    quote: fc.constantFrom(...quotings),
  });
  fc.assert(
    fc.property(fc.array(quoted), fc.constantFrom(" ", "\n", " \t "), (words, blank) => {
      expect(splitWords(words.map(({ word, quote }) => quote(word)).join(blank))).toEqual(
        words.map(({ word }) => word),
      );
    }),
  );
});
