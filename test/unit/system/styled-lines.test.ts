import { expect, test } from "bun:test";
import fc from "fast-check";
import { standaloneLines } from "../../../src/system/tmux/styled-lines.ts";

test("each line begins with the style that the one before it left", () => {
  const screen = ["\u001b[31mred", "still \u001b[1mbold\u001b[0m plain", "plain"];
  expect(standaloneLines(screen)).toEqual(["\u001b[31mred", "\u001b[31mstill \u001b[1mbold\u001b[0m plain", "plain"]);
});

test("a colour with its numbers is one style, which another colour of its kind replaces", () => {
  const screen = ["\u001b[1;38;5;208;48;2;1;2;3mx", "\u001b[22;39my", "\u001b[49mz", "end"];
  expect(standaloneLines(screen).slice(1)).toEqual([
    "\u001b[1;38;5;208;48;2;1;2;3m\u001b[22;39my",
    "\u001b[48;2;1;2;3m\u001b[49mz",
    "end",
  ]);
});

test("what was drawn with the line drawing of terminals is in Unicode, and a link is its text", () => {
  expect(
    standaloneLines(["\u000elqqk\u000f lqqk", "\u001b]8;;https://example.com\u001b\\here\u001b]8;;\u001b\\"]),
  ).toEqual(["┌──┐ lqqk", "here"]);
});

test("nothing but styles is left of what a terminal would act on, whatever stands there", () => {
  const parts = fc.constantFrom(
    "\u001b",
    "[",
    "]",
    "31m",
    "0m",
    "2J",
    "0;",
    "c",
    "\u0007",
    "\u009b",
    "\u000e",
    "\u000f",
    "x",
    "\u001b[1m",
    "\u001bP",
  );
  fc.assert(
    fc.property(fc.array(fc.array(parts).map((words) => words.join(""))), (screen) => {
      for (const line of standaloneLines(screen)) {
        expect(line.replace(/\u001b\[[0-9;:]*m/g, "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
      }
    }),
    { numRuns: 2000 },
  );
});
