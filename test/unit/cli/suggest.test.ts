import { expect, test } from "bun:test";
import { closest, likelyCommand } from "../../../src/cli/suggest.ts";

const commands = [
  "create",
  "list",
  "logs",
  "diff",
  "path",
  "attach",
  "prompt",
  "stop",
  "kill",
  "config",
  "completions",
];

const slips: readonly [typed: string, meant: string | undefined][] = [
  ["creat", "create"],
  ["craete", "create"],
  ["crete", "create"],
  ["createe", "create"],
  ["CREATE", "create"],
  ["cr", "create"],
  ["lsit", "list"],
  ["lits", "list"],
  ["klil", "kill"],
  ["atach", "attach"],
  ["promtp", "prompt"],
  ["compl", "completions"],
  ["completoins", "completions"],
  // Not close, or close to several.
  ["", undefined],
  ["x", undefined],
  ["c", undefined],
  ["co", undefined],
  ["toString", undefined],
  ["constructor", undefined],
  ["__proto__", undefined],
  ["fix-42", undefined],
  ["a".repeat(100_000), undefined],
];

for (const [typed, meant] of slips) {
  test(`takes ${JSON.stringify(typed.slice(0, 20))} for ${meant ?? "nothing"}`, () => {
    expect(likelyCommand(typed, commands)).toBe(meant);
  });
}

const synonyms: readonly [typed: string, meant: string | undefined][] = [
  ["status", "list"],
  ["top", "list"],
  ["new", "create"],
  ["run", "create"],
  ["start", "create"],
  ["send", "prompt"],
  ["say", "prompt"],
  ["delete", "kill"],
  ["remove", "kill"],
  ["cd", "path"],
  ["tail", "logs"],
  ["Status", "list"],
  ["stauts", "list"],
  ["delte", "kill"],
];

for (const [typed, meant] of synonyms) {
  test(`knows ${typed} as another word for ${meant}`, () => {
    expect(likelyCommand(typed, commands)).toBe(meant);
  });
}

test("a synonym of a command that does not exist suggests nothing", () => {
  expect(likelyCommand("undo", commands)).toBeUndefined();
  expect(likelyCommand("undo", [...commands, "restore"])).toBe("restore");
});

test("two candidates that are equally close suggest nothing", () => {
  expect(closest("cat", ["bat", "hat"])).toBeUndefined();
  expect(closest("cat", ["bat", "cats", "dog"])).toBe("cats");
});

test("two neighbours swapped count as one slip", () => {
  expect(closest("abc", ["bac"])).toBe("bac");
  expect(closest("abc", ["cba"])).toBeUndefined();
});

test("the dashes of an option are no part of what was typed wrong", () => {
  expect(closest("--al", ["--ad"])).toBeUndefined();
  expect(closest("--alk", ["--all"])).toBe("--all");
  expect(closest("-x", ["-p"])).toBeUndefined();
  expect(closest("-P", ["-p", "-n"])).toBe("-p");
});
