import { expect, test } from "bun:test";
import { fileMatrix } from "../../../src/commands/compare-files.ts";

/** Each changes `src/search/index.ts`; every third also adds a file, every fourth a picture, every fifth takes a line away. */
function attempts(count: number) {
  const change = (path: string, added?: number, deleted?: number) => ({ path, from: undefined, added, deleted });
  return Array.from({ length: count }, (_, index) => ({
    branch: `improve-the-search-A${index + 1}`,
    changes: [
      change("src/search/index.ts", index + 1, 1),
      ...(index % 3 === 0 ? [change("src/search/a-file-with-a-long-name.ts", 10, 0)] : []),
      ...(index % 4 === 0 ? [change("picture.png")] : []),
      ...(index % 5 === 0 ? [change("old", 0, 1)] : []),
    ],
  }));
}

test("two attempts stand beside each other by their names", () => {
  expect(fileMatrix(attempts(2), 80)).toEqual({
    lines: [
      "FILE                                improve-the-search-A1  improve-the-search-A2",
      "old                                                 +0 -1",
      "picture.png                                        binary",
      "src/search/a-file…h-a-long-name.ts                 +10 -0",
      "src/search/index.ts                                 +1 -1                  +2 -1",
    ],
  });
});

test("eight are numbered where their names do not fit, and have their sizes", () => {
  const { lines, legend } = fileMatrix(attempts(8), 90);
  expect([legend, ...lines.slice(7)]).toEqual([
    undefined,
    "8  improve-the-search-A8",
    "",
    "FILE                                 1      2      3       4       5      6       7      8",
    "old                              +0 -1                                +0 -1",
    "picture.png                     binary                        binary",
    "src/search/a-fi…a-long-name.ts  +10 -0                +10 -0                 +10 -0",
    "src/search/index.ts              +1 -1  +2 -1  +3 -1   +4 -1   +5 -1  +6 -1   +7 -1  +8 -1",
  ]);
});

test("fifty have a sign each, below their numbers", () => {
  const { lines, legend } = fileMatrix(attempts(50), 80);
  expect([legend, ...lines.slice(49)]).toEqual([
    "+ lines added, - deleted, ~ changed, b binary.",
    "50  improve-the-search-A50",
    "",
    "FILE                                   11111111112222222222333333333344444444445",
    "                              12345678901234567890123456789012345678901234567890",
    "old                           -    -    -    -    -    -    -    -    -    -",
    "picture.png                   b   b   b   b   b   b   b   b   b   b   b   b   b",
    "src/search/a-f…-long-name.ts  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +  +",
    "src/search/index.ts           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
  ]);
});

test("no line is longer than the terminal, however many there are, and nothing is cut where there is none", () => {
  for (const count of [1, 8, 9, 10, 50, 100, 120]) {
    for (const width of [60, 80, 200]) {
      const { lines } = fileMatrix(attempts(count), width);
      expect(Math.max(...lines.map((line) => Bun.stringWidth(line)))).toBeLessThanOrEqual(width);
    }
    const { lines } = fileMatrix(attempts(count), undefined);
    expect(lines[0]).toEndWith(`improve-the-search-A${count}`);
    expect(lines.join("\n")).not.toContain("…");
  }
});
