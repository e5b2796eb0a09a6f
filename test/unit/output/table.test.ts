import { expect, test } from "bun:test";
import fc from "fast-check";
import { aligned } from "../../../src/output/aligned.ts";
import { type Column, table } from "../../../src/output/table.ts";

const columns: readonly Column[] = [
  { title: "BRANCH", align: "left", least: 6 },
  { title: "CPU", align: "right" },
  { title: "TASK", align: "left", least: 4 },
];

test("columns stand under each other, words to the left and numbers to the right", () => {
  expect(
    table(columns, [
      ["fix-42", "7%", "write a test"],
      ["a", "100%", ""],
    ]),
  ).toEqual(["BRANCH   CPU  TASK", "fix-42    7%  write a test", "a       100%"]);
});

test("wide characters count two columns", () => {
  expect(
    table(columns, [
      ["修复登录", "1%", "x"],
      ["fix", "1%", "y"],
    ]),
  ).toEqual(["BRANCH    CPU  TASK", "修复登录   1%  x", "fix        1%  y"]);
});

test("a table without rows is its heading", () => {
  expect(table(columns, [])).toEqual(["BRANCH  CPU  TASK"]);
});

test("a missing cell is an empty one", () => {
  expect(table(columns, [["fix-42"]])).toEqual(["BRANCH  CPU  TASK", "fix-42"]);
});

test("the last column that may be cut gives way first, and none more than it may", () => {
  const row = ["a-long-branch", "7%", "a long task"];
  expect(table(columns, [row], 31)).toEqual(["BRANCH         CPU  TASK", "a-long-branch   7%  a long task"]);
  expect(table(columns, [row], 30)).toEqual(["BRANCH         CPU  TASK", "a-long-branch   7%  a long ta…"]);
  expect(table(columns, [row], 24)).toEqual(["BRANCH         CPU  TASK", "a-long-branch   7%  a l…"]);
  expect(table(columns, [row], 20)).toEqual(["BRANCH     CPU  TASK", "a-long-b…   7%  a l…"]);
  expect(table(columns, [row], 1)).toEqual(["BRA…  CPU  TASK", "a-l…   7%  a l…"]);
});

test("every line fits, and no cell is lost, while the columns can give way", () => {
  const cell = fc.string({ unit: "grapheme", maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 5 }),
      fc.integer({ min: 30, max: 90 }),
      (rows, width) => {
        const yielding = columns.map((column) => ({ ...column, least: 4 }));
        const lines = table(yielding, rows, width);
        expect(lines).toHaveLength(rows.length + 1);
        for (const line of lines) {
          expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
          expect(line).toBe(line.trimEnd());
        }
      },
    ),
  );
});

test("aligned words have no heading", () => {
  expect(
    aligned([
      ["auth-A1", "submitted"],
      ["auth-A10", "queued", "working"],
    ]),
  ).toEqual(["auth-A1   submitted", "auth-A10  queued     working"]);
  expect(aligned([])).toEqual([]);
});

test("columns leave a table that is too narrow in their order, and names lose their middle, not their end", () => {
  const narrow: readonly Column[] = [
    { title: "NAME", align: "left", least: 7, cutAt: "middle" },
    { title: "CPU", align: "right", leaves: 1 },
    { title: "WHY", align: "left", least: 4, leaves: 2 },
  ];
  const cells = [["a-name-A1", "7%", "because"]];
  expect(table(narrow, cells, 40)).toEqual(["NAME       CPU  WHY", "a-name-A1   7%  because"]);
  expect(table(narrow, cells, 18)).toEqual(["NAME     CPU  WHY", "a-n…-A1   7%  bec…"]);
  expect(table(narrow, cells, 17)).toEqual(["NAME       WHY", "a-name-A1  becau…"]);
  expect(table(narrow, cells, 9)).toEqual(["NAME", "a-name-A1"]);
  expect(table(narrow, cells, 5)).toEqual(["NAME", "a-…A1"]);
});

test("a column that yields leaves before one that says more is cut below what it prefers", () => {
  const columns: readonly Column[] = [
    { title: "NAME", align: "left" },
    { title: "CPU", align: "right", leaves: 1, yields: true },
    { title: "AGENT", align: "left", leaves: 2 },
    { title: "WHY", align: "left", least: 4, prefers: 9, leaves: 3 },
  ];
  const cells = [["fix-42", "7%", "demo", "may I drop it?"]];
  expect(table(columns, cells, 29)).toEqual(["NAME    CPU  AGENT  WHY", "fix-42   7%  demo   may I dr…"]);
  expect(table(columns, cells, 28)).toEqual(["NAME    AGENT  WHY", "fix-42  demo   may I drop i…"]);
  expect(table(columns, cells, 20)).toEqual(["NAME    AGENT  WHY", "fix-42  demo   may …"]);
  expect(table(columns, cells, 18)).toEqual(["NAME    WHY", "fix-42  may I dro…"]);
});
