import { expect, test } from "bun:test";
import { understand } from "../../../src/cli/argv.ts";
import { type LeafRow, tableOf } from "../../../src/cli/command-rows.ts";
import { renderBash } from "../../../src/cli/completions/bash.ts";
import { renderFish } from "../../../src/cli/completions/fish.ts";
import { completionTree } from "../../../src/cli/completions/tree.ts";
import { renderZsh } from "../../../src/cli/completions/zsh.ts";
import { renderCommand } from "../../../src/cli/help.ts";
import { renderManPages } from "../../../src/cli/man.ts";
import { renderReference } from "../../../src/cli/reference.ts";
import { defineFleetCommand } from "../../../src/commands/definition.ts";
import { FleetError } from "../../../src/errors.ts";

const { help } = defineFleetCommand({
  name: "bring",
  args: {
    branch: { type: "positional", required: false, description: "which" },
    last: { type: "boolean", alias: "l", excludes: ["branch"], description: "the last ones" },
    as: { type: "string", needs: ["branch"], description: "under another name" },
    wait: { type: "boolean", description: "wait" },
    ready: { type: "boolean", excludes: ["json"], description: "when it is ready" },
    timeout: { type: "string", needs: ["wait", "ready"], description: "give up" },
    edit: { type: "boolean", default: true, excludes: ["wait"], description: "do not ask" },
  },
  run: async () => 0,
});

function problem(...words: readonly string[]): string | undefined {
  try {
    understand(words, help);
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(FleetError);
    expect((error as FleetError).hint).toBe("see fleet bring --help");
    return (error as FleetError).message;
  }
}

test("what cannot be given together is refused, whichever of the two says so, operands and global options too", () => {
  expect(problem("fix", "-l")).toBe("--last and BRANCH cannot be combined");
  expect(problem("--json", "--ready")).toBe("--ready and --json cannot be combined");
  expect(problem("--wait", "--no-edit")).toBe("--no-edit and --wait cannot be combined");
  expect(problem("--last", "--wait")).toBeUndefined();
});

test("what means nothing alone is refused without one of what it goes with", () => {
  expect(problem("--as", "x")).toBe("--as only works with BRANCH");
  expect(problem("--timeout", "5s")).toBe("--timeout only works with --wait or --ready");
  expect(problem("--timeout", "5s", "--ready")).toBeUndefined();
  expect(problem("fix", "--as", "x")).toBeUndefined();
});

test("a request for help comes before a relation that is broken", () => {
  expect(understand(["--as", "x", "--help"], help).global.help).toBe(true);
});

const row: LeafRow = {
  name: "bring",
  aliases: [],
  group: "Start",
  summary: "bring it",
  load: () => Promise.reject(new Error("not needed")),
};
const sentence = "Cannot be combined: --last with BRANCH; --ready with --json; --no-edit with --wait.";

test("help, manual page and reference tell both", () => {
  expect(renderCommand(row, help)).toContain("      --timeout TIMEOUT  with --wait or --ready: give up");
  expect(renderCommand(row, help).replaceAll("\n", " ")).toContain(` ${sentence} `);
  expect(renderReference([{ row, help }])).toContain(sentence);
  expect(renderManPages(tableOf([row]), [{ row, help }])["fleet-bring.1"]).toContain(
    "Cannot be combined: \\-\\-last with BRANCH;",
  );
});

test("no shell offers what cannot be given any more", () => {
  const tree = completionTree(tableOf([row]), [{ row, help }]);
  expect(renderZsh(tree)).toContain("'(--no-edit)--wait[wait]'");
  expect(renderZsh(tree)).toContain("'(--json)--ready[when it is ready]'");
  expect(renderFish(tree)).toContain("-n '__fleet_at \\'bring\\'; and not __fleet_given --wait' -l no-edit");
  expect(renderBash(tree)).toContain("'bring --wait') excluded+=' --no-edit' ;;");
});
