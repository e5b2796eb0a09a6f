import type { Manual } from "../commands/manual.ts";
import { type CommandTable, type LeafRow, namesOf, visibleLeaves, visibleRows } from "./command-rows.ts";
import { commandTable } from "./commands.ts";
import { renderBash } from "./completions/bash.ts";
import { renderFish } from "./completions/fish.ts";
import { completionTree } from "./completions/tree.ts";
import { renderZsh } from "./completions/zsh.ts";
import type { DescribedCommand } from "./describe.ts";
import { overview, renderCommand, renderCommands, renderFamily, renderTopic, renderTopics } from "./help.ts";
import { renderLicenses } from "./licenses.ts";
import { renderManPages } from "./man.ts";
import { renderReference } from "./reference.ts";
import { topics } from "./topics.ts";

/** Loads every command and renders all that the program says about itself. `date` is for the manual pages: `2026-11-28`. */
export async function renderManual(date?: string): Promise<Manual> {
  const described = await Promise.all(visibleLeaves(commandTable).map(describe));
  const tree = completionTree(commandTable, described);
  return {
    overview,
    commands: renderCommands(commandTable),
    help: helpByName(commandTable, described),
    topics: {
      ...Object.fromEntries(topics.map((topic) => [topic.name, renderTopic(topic)])),
      topics: renderTopics(),
      licenses: renderLicenses(),
    },
    completions: {
      bash: renderBash(tree),
      zsh: renderZsh(tree),
      fish: renderFish(tree),
    },
    manPages: renderManPages(commandTable, described, date),
    reference: renderReference(described),
  };
}

async function describe(row: LeafRow): Promise<DescribedCommand> {
  const { help } = (await row.load()).default;
  return { row, help };
}

/** The help of every command by name and alias, sub-commands and their parents included. */
function helpByName(commands: CommandTable, described: readonly DescribedCommand[]): Record<string, string> {
  const rendered = described.map(({ row, help }) => [row, renderCommand(row, help)] as const);
  const families = visibleRows(commands).filter((row) => "children" in row);
  const all = [...rendered, ...families.map((row) => [row, renderFamily(row)] as const)];
  return Object.fromEntries(all.flatMap(([row, text]) => namesOf(row).map((name) => [name, text] as const)));
}
