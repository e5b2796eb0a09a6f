import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { documents } from "../../scripts/docs.ts";
import { visibleLeaves, visibleRows } from "../../src/cli/command-rows.ts";
import { commandTable } from "../../src/cli/commands.ts";
import { sourceFiles } from "../guard/source-files.ts";

const [reference, ...manPages] = await documents();
const commands = visibleLeaves(commandTable).map(({ name }) => name);
const requests = ["TH", "sp", "SH", "SS", "TP", "PP", "RS", "RE", "nf", "fi", "BR", "so"];

test("src/cli/REFERENCE.md has the commands as they are; if not, run scripts/bun run docs", () => {
  expect({ path: reference?.path, stale: reference?.stale }).toEqual({ path: "src/cli/REFERENCE.md", stale: false });
});

test("the reference has a heading for every command", () => {
  const headings = [...(reference?.content ?? "").matchAll(/^## `fleet (.*)`$/gm)].map(([, usage = ""]) => usage);
  expect(commands.filter((name) => !headings.some((usage) => isUsageOf(name, usage)))).toEqual([]);
});

test("a line to run that a text names has only options that its command has", () => {
  const sections = [...(reference?.content ?? "").matchAll(/^## `fleet ([a-z]+)[\s\S]*?(?=^## )/gm)];
  const optionsOf = Map.groupBy(sections, ([, name = ""]) => name);
  const words = /(?: (?:--[a-z-]+|-[a-zA-Z]|\$\{[^}]*\}|[\w*./@:=-]+))*/;
  const line = new RegExp(`run fleet ([a-z]+)(${words.source})`, "g");
  const named = sourceFiles("src").flatMap(({ path, code }) =>
    [...code.matchAll(line)].flatMap(([all, name = "", rest = ""]) =>
      (rest.match(/ --[a-z-]+/g) ?? []).map((option) => ({ path, all, name, option: option.trim() })),
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  const isKnown = (name: string, option: string) =>
    option === "--help" || optionsOf.get(name)?.some(([text]) => text.includes(option));
  expect(named.filter(({ name, option }) => !isKnown(name, option))).toEqual([]);
});

test("every command and every family has a manual page", () => {
  const written = manPages.map(({ path }) => path);
  const wanted = visibleRows(commandTable).flatMap((row) => [
    row,
    ...("children" in row ? visibleLeaves(row.children) : []),
  ]);
  const missing = wanted.filter(({ name }) => !written.includes(`dist/man1/fleet-${name.replaceAll(" ", "-")}.1`));
  expect(missing.map(({ name }) => name)).toEqual([]);
});

test("every line of the manual pages that starts like a request is one of those they use", () => {
  const controls = manPages.flatMap(({ content }) => content.split("\n")).filter((line) => /^[.']/.test(line));
  expect(controls.filter((line) => !requests.includes(line.slice(1).split(" ")[0] ?? ""))).toEqual([]);
});

test("README.md is what a person reads: under 350 lines, and its contents list names every section", () => {
  const readme = readFileSync(resolve(import.meta.dir, "../../README.md"), "utf8");
  const headings = [...readme.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
  const links = [...readme.matchAll(/\[([^\]]*)\]\(#[\w-]*\)/g)].map(([, text = ""]) => text);
  expect(readme.split("\n").length).toBeLessThan(350);
  expect(links).toEqual(headings);
});

test("every command and option that the texts name is there", async () => {
  const texts = [
    "README.md",
    ".github/CI.md",
    "src/agents/AGENTS.md",
    "src/config/CONFIGURATION.md",
    "src/fleet/cost/COST.md",
    "src/fleet/skill/SKILL.md",
  ];
  const wrong: string[] = [];
  for (const file of texts) {
    const text = readFileSync(resolve(import.meta.dir, "../..", file), "utf8");
    for (const [line = "", words = ""] of text.matchAll(/(?<=^|[`|$;(&] ?|\n)fleet ([a-z][^`\n|&;]*)/g)) {
      const problem = await problemOf(words.split(/[\s)]+/));
      if (problem !== undefined) wrong.push(`${file}: ${line}: ${problem}`);
    }
  }
  expect(wrong).toEqual([]);
});

async function problemOf(words: readonly string[]): Promise<string | undefined> {
  const row = visibleLeaves(commandTable).find(({ name, aliases }) =>
    [name, ...aliases].some((one) => one === words.slice(0, one.split(" ").length).join(" ")),
  );
  if (row === undefined)
    return ["help", "config", "never"].includes(words[0] ?? "") ? undefined : "there is no such command";
  const { default: command } = await row.load();
  const known = new Set(["json", "help", "directory", ...Object.keys(command.help.args)]);
  const unknown = words.find(
    (word) => word.startsWith("--") && word !== "--" && !known.has(word.slice(2).split("=")[0] ?? ""),
  );
  return unknown === undefined ? undefined : `it has no ${unknown}`;
}

function isUsageOf(name: string, usage: string): boolean {
  return usage === name || usage.startsWith(`${name} `);
}
