import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { lastMenu, markedChoice } from "../../../src/agents/choices.ts";
import { claudeDraft, claudeQuestion } from "../../../src/agents/claude/screen.ts";
import { codexDraft, codexQuestion } from "../../../src/agents/codex/screen.ts";
import { plainLines, typedLines } from "../../../src/agents/styled-screen.ts";

/** Screens of real agents, as `tmux capture-pane -e` prints them. */
const fixtures = join(import.meta.dir, "../../fixtures/agents");

function screenOf(agent: string, name: string): string {
  return readFileSync(join(fixtures, agent, "screens", `${name}.txt`), "utf8");
}

const claude = "claude-2.1.330";
const codex = "codex-0.169.0";

test.each([
  ["fresh", ""],
  ["idle", ""],
  ["busy", ""],
  ["queue", ""],
  ["draft", "a draft of mine"],
  ["queue-draft", "typed by me"],
  ["lines", "[Pasted text #1 +3 lines]"],
  ["long", "[Pasted text #2]"],
  ["wrapped", `${"word ".repeat(38)}word\n${"word ".repeat(21)}`.trim()],
  ["asks", undefined],
])("of Claude's screen '%s' the input box holds %j", (name, draft) => {
  expect(claudeDraft(screenOf(claude, name))).toBe(draft as string);
});

test.each([
  ["fresh", ""],
  ["idle", ""],
  ["resumed", ""],
  ["busy", ""],
  ["queue", ""],
  ["draft", "a draft of mine"],
  ["queue-draft", "typed by me"],
  ["lines", "first line\n\nsecond 'line' x\nthird"],
  ["long", "[Pasted Content 2000 chars]"],
  ["asks", undefined],
])("of Codex's screen '%s' the input box holds %j", (name, draft) => {
  expect(codexDraft(screenOf(codex, name))).toBe(draft as string);
});

test("a permission that an agent asks for is a question with its choices", () => {
  expect(claudeQuestion(screenOf(claude, "asks"))).toEqual({
    text: "Bash command\nwhat the user asked for\ntouch asked.txt\nDo you want to proceed?",
    choices: [
      "Yes",
      "Yes, and always allow access to /tmp/home/home/.ai_fleet/worktrees/one from this project",
      "Yes, and switch to auto mode · auto mode handles these prompts for you",
      "No",
    ],
  });
  expect(codexQuestion(screenOf(codex, "asks"))).toEqual({
    text: "Would you like to run the following command?\nEnvironment: local\nReason: May I?\n$ touch asked.txt",
    choices: [
      "Yes, proceed (y)",
      "Yes, and don't ask again for commands that start with `touch asked.txt` (p)",
      "No, and tell Codex what to do differently (esc)",
    ],
  });
});

test("no question is seen where an agent asks nothing", () => {
  for (const name of ["fresh", "idle", "busy", "draft"]) {
    expect(claudeQuestion(screenOf(claude, name))).toBeUndefined();
    expect(codexQuestion(screenOf(codex, name))).toBeUndefined();
  }
  expect(lastMenu(["what I found:", "  1. one thing", "  2. another"])).toBeUndefined();
});

test("a menu goes on over the lines of its choices, wherever the mark is", () => {
  expect(lastMenu(["Which?", "  1. Redis", "     fast", "❯ 2. Postgres", "", "Esc to cancel"])).toEqual({
    above: ["Which?"],
    choices: ["Redis fast", "Postgres"],
  });
  expect(lastMenu(["old", "❯ 1. a", "  2. b", "", "new", "  1. c", "❯ 2. d"])?.choices).toEqual(["c", "d"]);
});

test("colours are no text, and what is dim or under the cursor was not typed", () => {
  const screen =
    "\u001b[38;5;2mgreen\u001b[0m \u001b[2mhint\u001b[22m typed\u001b[7mX\u001b[27m\n\u001b[0;2mdim\nstill dim\u001b[0m no";
  expect(plainLines(screen)).toEqual(["green hint typedX", "dim", "still dim no"]);
  expect(typedLines(screen)).toEqual(["green  typed", "", " no"]);
});

test.each([
  [["  1. Yes", "❯ 2. No"], 1],
  [["│ ● 1. Yes   │", "│   2. No    │"], 0],
  [["  9. nine", "› 12. twelve"], 11],
  [["  1. Yes", "  2. No", "❯ "], undefined],
])("of %j the marked choice is %p", (lines, index) => {
  expect(markedChoice(lines)).toBe(index as number);
});
