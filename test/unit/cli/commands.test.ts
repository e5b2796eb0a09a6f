import { expect, test } from "bun:test";
import { type CommandRow, type CommandTable, lastWord, visibleLeaves } from "../../../src/cli/command-rows.ts";
import { commandTable } from "../../../src/cli/commands.ts";
import { globalOptions, operandsOf, optionsOf, rootOptions } from "../../../src/cli/options.ts";
import { exclusionsOf, relatedNames } from "../../../src/cli/relations.ts";
import type { CommandHelp } from "../../../src/commands/definition.ts";

const loaded = await Promise.all(
  everyRow(commandTable).map(async (row) => ({
    row,
    help: "load" in row ? (await row.load()).default.help : { name: row.name, args: {} },
  })),
);

test("the table has no prototype, so that fleet constructor is unknown", () => {
  for (const word of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    expect(commandTable[word]).toBeUndefined();
  }
});

test("no word names two commands", () => {
  for (const rows of [
    commandTable,
    ...everyRow(commandTable).flatMap((row) => ("children" in row ? [row.children] : [])),
  ]) {
    expect(duplicates(Object.values(rows).flatMap((row) => [lastWord(row), ...row.aliases]))).toEqual([]);
  }
});

test("every row loads the command of its name", () => {
  for (const { row, help } of loaded) expect(help.name).toBe(row.name);
});

test("summaries are phrases, so that they can be made sentences", () => {
  for (const { row } of loaded) expect(row.summary).toMatch(/^[a-z][^\n]*[^.\s]$/);
});

test("no option of a command is spelled like another or like a global one", () => {
  for (const { help } of loaded) {
    const options = [...optionsOf(help.args), ...rootOptions];
    expect(duplicates(options.map(({ name }) => name))).toEqual([]);
    expect(duplicates(options.flatMap(({ flag, short }) => (short === undefined ? [flag] : [flag, short])))).toEqual(
      [],
    );
  }
});

// citty reads --no-x as a negation whatever is declared, and knows camelCase names by a second spelling.
test("options are named so that citty cannot misread them", () => {
  for (const { help } of loaded) {
    for (const { name, short } of optionsOf(help.args)) {
      expect(name).toMatch(/^(?!no-)[a-z]+(-[a-z]+)*$/);
      expect(short ?? "-x").toMatch(/^-[A-Za-z]$/);
    }
  }
});

test("only the last operand takes several words, and none that may be missing stands before one that may not", () => {
  for (const { help } of loaded) {
    const operands = operandsOf(help.args);
    expect(operands.slice(0, -1).some(({ variadic }) => variadic)).toBe(false);
    const required = operands.map((operand) => operand.required);
    expect(required).toEqual([...required].sort((left, right) => Number(right) - Number(left)));
  }
});

test("relations speak of arguments that there are, say each thing once, and leave nothing that could never be given", () => {
  for (const { help } of loaded) {
    const names = new Set([...Object.keys(help.args), ...globalOptions.map(({ name }) => name)]);
    expect(relatedNames(help).filter((name) => !names.has(name))).toEqual([]);
    const pairs = exclusionsOf(help).map((pair) => [...pair].sort().join(" "));
    expect(duplicates(pairs)).toEqual([]);
    for (const name of Object.keys(help.args)) {
      const { needs = [], excludes = [] } = help.args[name] ?? {};
      expect(needs.length > 0 && needs.every((needed) => excludes.includes(needed))).toBe(false);
    }
  }
});

test("words that a shell offers are plain", () => {
  for (const { help } of loaded) {
    for (const word of offered(help)) expect(word).toMatch(/^[\w.-]+$/);
  }
});

test("help is offered for every command but the hidden ones", () => {
  const names = visibleLeaves(commandTable).map(({ name }) => name);
  expect(names).toContain("config show");
  expect(names).not.toContain("__complete");
});

function everyRow(rows: CommandTable): CommandRow[] {
  return Object.values(rows).flatMap((row) => ("children" in row ? [row, ...everyRow(row.children)] : [row]));
}

function offered(help: CommandHelp): string[] {
  return [...optionsOf(help.args), ...operandsOf(help.args)].flatMap(({ completes }) =>
    typeof completes === "object" ? completes : [],
  );
}

function duplicates(words: readonly string[]): string[] {
  return words.filter((word, index) => words.indexOf(word) !== index);
}

test("the texts of a command name no option that no command has", async () => {
  const leaves = visibleLeaves(commandTable);
  const helps = await Promise.all(leaves.map(async (row) => ({ row, help: (await row.load()).default.help })));
  const options = [...rootOptions, ...helps.flatMap(({ help }) => optionsOf(help.args))];
  const flags = new Set(options.flatMap(({ flag, short }) => [flag, short]));
  // Of other programs that are spoken of: an agent's own, and what a command after `--` gets.
  const foreign = new Set(["--dangerously-skip-permissions"]);
  const named = helps.flatMap(({ row, help }) =>
    [
      ...JSON.stringify([help.details, Object.values(help.args).map(({ description }) => description)]).matchAll(
        /(?<![\w-])--[a-z][a-z-]*/g,
      ),
    ]
      .map(([flag]) => flag)
      .filter((flag) => !flags.has(flag) && !foreign.has(flag))
      .map((flag) => `${row.name}: ${flag}`),
  );
  expect(named).toEqual([]);
});
