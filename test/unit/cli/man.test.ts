import { expect, test } from "bun:test";
import { renderManPage } from "../../../src/cli/man.ts";
import { defineFleetCommand } from "../../../src/commands/definition.ts";
import { commands, described } from "./samples.ts";

test("the manual page has the sections that man pages have", () => {
  const page = renderManPage(described);
  const sections = [...page.matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
  expect(sections).toEqual([
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "COMMANDS",
    "GLOBAL OPTIONS",
    "TARGETS",
    "SCREEN",
    "RECIPES",
    "AGENTS",
    "SETTINGS",
    "EXIT CODES",
    "TROUBLE",
    "TICKETS",
    "WEBHOOKS",
    "SANDBOXES",
    "HTTP",
    "JSON",
    "SEE ALSO",
  ]);
});

test("the manual page has a section for each command", () => {
  const page = renderManPage(described);
  expect(page).toContain(".SS fleet create BRANCH [OPTION...]\nStart an agent on a branch of its own.\n");
  expect(page).toContain(".TP\n\\fB\\-p, \\-\\-prompt TEXT\\fR\nfirst message for the agent\n");
  expect(page).toContain("fleet create fix\\-42 \\-p \\(dqgreen it\\(dq\n");
  expect(page).not.toContain("__complete");
});

test("text of a command is never a request or an escape of roff", () => {
  const { help: nasty } = defineFleetCommand({
    name: "nasty",
    args: {},
    details: [".TH of a dot", "'br of a quote", "a back\\slash and a line\n.break", "~/`x`^"],
    run: async () => 0,
  });
  const { create } = commands;
  if (create === undefined || !("load" in create)) throw new Error("no create in the samples");
  const page = renderManPage([{ row: create, help: nasty }]);
  expect(page).toContain(
    [
      ".PP",
      "\\&.TH of a dot",
      ".PP",
      "\\(aqbr of a quote",
      ".PP",
      "a back\\eslash and a line .break",
      ".PP",
      "\\(ti/\\(gax\\(ga\\(ha",
    ].join("\n"),
  );
});
