import { expect, test } from "bun:test";
import { renderManPages } from "../../../src/cli/man.ts";
import { renderManual } from "../../../src/cli/manual.ts";
import { defineFleetCommand } from "../../../src/commands/definition.ts";
import { temporaryFolder } from "../../helpers/folder.ts";
import { commands, described } from "./samples.ts";

const pages = renderManPages(commands, described);

function sections(page: string | undefined): (string | undefined)[] {
  return [...(page ?? "").matchAll(/^\.SH (.*)$/gm)].map(([, title]) => title);
}

test("there is a page of the whole, one for each command and family, and one for each other name", () => {
  expect(Object.keys(pages)).toEqual([
    "fleet.1",
    "flt.1",
    "fleet-create.1",
    "fleet-list.1",
    "fleet-ls.1",
    "fleet-ps.1",
    "fleet-logs.1",
    "fleet-prompt.1",
    "fleet-exec.1",
    "fleet-config-show.1",
    "fleet-completions.1",
    "fleet-help.1",
    "fleet-config.1",
  ]);
  expect(pages["fleet-ps.1"]).toBe(".so man1/fleet-list.1\n");
});

test("the page of the whole has the sections that man pages have, and names the page of each command", () => {
  const page = pages["fleet.1"];
  expect(sections(page)).toEqual([
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
    "COSTS",
    "MACHINES",
    "HTTP",
    "PROXY",
    "JSON",
    "SEE ALSO",
  ]);
  expect(page).toContain(".SS Watch\n.TP\n.BR fleet\\-list (1)\n");
  expect(page).not.toContain("__complete");
});

test("the page of a command has what its help has", () => {
  const page = pages["fleet-create.1"];
  expect(sections(page)).toEqual([
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "OPERANDS",
    "OPTIONS",
    "GLOBAL OPTIONS",
    "EXAMPLES",
    "SEE ALSO",
  ]);
  expect(page).toContain(".SH NAME\nfleet\\-create \\- start an agent on a branch of its own\n");
  expect(page).toContain(".TP\n\\fB\\-p, \\-\\-prompt TEXT\\fR\nfirst message for the agent\n");
  expect(page).toContain("\nfleet create fix\\-42 \\-p \\(dqgreen it\\(dq\n");
});

test("the page of a family names those of its commands", () => {
  expect(pages["fleet-config.1"]).toContain(".SH COMMANDS\n.TP\n.BR fleet\\-config\\-show (1)\nShow every value.\n");
});

test("mandoc has nothing to say against any page", async () => {
  const folder = temporaryFolder();
  const { manPages } = await renderManual("2026-11-28");
  // A page that is another one has no text of its own; mandoc advises a link, which packages cannot all hold.
  const texts = Object.entries(manPages).filter(([, text]) => !text.startsWith(".so "));
  const files = texts.map(([name]) => `${folder}/${name}`);
  await Promise.all(texts.map(([name, text]) => Bun.write(`${folder}/${name}`, text)));
  const { exitCode, stdout, stderr } = Bun.spawnSync(["mandoc", "-T", "lint", "-W", "warning", ...files]);
  expect({ exitCode, said: `${stdout}${stderr}` }).toEqual({ exitCode: 0, said: "" });
});

test("text of a command is never a request or an escape of roff", () => {
  const { help: nasty } = defineFleetCommand({
    name: "nasty",
    args: {},
    details: [".TH of a dot", "'br of a quote", "a back\\slash and a line\n.break", "~/`x`^", "up ↑"],
    run: async () => 0,
  });
  const { create } = commands;
  if (create === undefined || !("load" in create)) throw new Error("no create in the samples");
  expect(renderManPages(commands, [{ row: create, help: nasty }])["fleet-create.1"]).toContain(
    [
      ".PP",
      "\\&.TH of a dot",
      ".PP",
      "\\(aqbr of a quote",
      ".PP",
      "a back\\eslash and a line .break",
      ".PP",
      "\\(ti/\\(gax\\(ga\\(ha",
      ".PP",
      "up \\[u2191]",
    ].join("\n"),
  );
});
