import { expect, test } from "bun:test";
import { renderReference } from "../../../src/cli/reference.ts";
import { topics } from "../../../src/cli/topics.ts";
import { findings } from "../../../src/config/validate.ts";
import { described } from "./samples.ts";

const reference = renderReference(described);

test("the reference explains each command with its operands, options and examples", () => {
  expect(reference).toStartWith("# Command reference\n");
  expect(reference).toContain(`\
## \`fleet create BRANCH [OPTION...]\`

Start an agent on a branch of its own.

The agent gets a git worktree and a tmux session of its own. What it starts from is the commit that is checked out here, \
unless the branch exists already.

| | |
|---|---|
| \`BRANCH\` | branch to create, or to adopt when it exists |
| \`-p, --prompt TEXT\` | first message for the agent |
`);
  expect(reference).toContain('```sh\n# on a new branch, already working\nfleet create fix-42 -p "green it"\n```\n');
});

test("a bar does not end the cell of a table", () => {
  expect(reference).toContain("| `--order age\\|cpu` | what comes first |\n");
});

test("every fault has a row with what happened, what is seen and what to do", () => {
  expect(reference).toContain(
    "| the machine or the tmux server was restarted | `stopped`, `its tmux session is gone` | `fleet resume --all` |\n",
  );
});

test("the reference has the topics and ends in one line end", () => {
  expect(reference).toContain("\n## What the exit codes mean\n");
  expect(reference).toMatch(/[^\n]\n$/);
});

test("the configuration that a topic offers to be copied is right", () => {
  const recipe = topics.find(({ name }) => name === "webhooks")?.recipe ?? [];
  const text = recipe.slice(0, recipe.indexOf("[Unit]")).join("\n");
  expect(text).toContain("[[webhooks.rules]]");
  expect(findings(text, "config.toml", { HOME: "/home/me" })).toEqual([]);
});
