import { expect, test } from "bun:test";
import fc from "fast-check";
import { nearest } from "../../../src/config/nearest.ts";

const candidates = ["quick_setup", "setup_commands", "setup_timeout", "codex_flags", "claude_flags", "notify", "repo"];

const words: Readonly<Record<string, string | undefined>> = {
  quick_setupp: "quick_setup",
  quick_steup: "quick_setup",
  "quick-setup": "quick_setup",
  quickSetup: "quick_setup",
  QUICK_SETUP: "quick_setup",
  setup_command: "setup_commands",
  codecs_flags: "codex_flags",
  repos: "repo",
  rpeo: "repo",
  notfiy: "notify",
  colour: undefined,
  no: undefined,
  "": undefined,
};

for (const [word, meant] of Object.entries(words)) {
  test(`${JSON.stringify(word)} means ${meant ?? "none of them"}`, () => {
    expect(nearest(word, candidates)).toBe(meant);
  });
}

test("of no candidates none is near", () => {
  expect(nearest("repo", [])).toBeUndefined();
});

test("one letter too many, too few or swapped with its neighbour is always understood", () => {
  const mistakes = [
    (word: string, at: number) => `${word.slice(0, at)}x${word.slice(at)}`,
    (word: string, at: number) => word.slice(0, at) + word.slice(at + 1),
    (word: string, at: number) =>
      word.slice(0, at) +
      word
        .slice(at, at + 2)
        .split("")
        .reverse()
        .join("") +
      word.slice(at + 2),
  ];
  fc.assert(
    fc.property(fc.constantFrom(...candidates), fc.nat(), fc.constantFrom(...mistakes), (word, at, mistake) => {
      expect(nearest(mistake(word, at % word.length), candidates)).toBe(word);
    }),
  );
});
