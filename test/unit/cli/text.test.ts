import { expect, test } from "bun:test";
import { columns, wrap } from "../../../src/cli/text.ts";

test("wraps between words at 80 columns and indents every line", () => {
  const lines = wrap("word ".repeat(40).trim(), "    ");
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    expect(line).toStartWith("    word");
    expect(line.length).toBeLessThanOrEqual(80);
  }
});

test("a line may fill the last column but not one more", () => {
  const half = "x".repeat(40);
  expect(wrap(`${half} ${"y".repeat(39)}`)).toHaveLength(1);
  expect(wrap(`${half} ${"y".repeat(40)}`)).toHaveLength(2);
});

test("a word that is wider than the line stays whole", () => {
  const path = "x".repeat(100);
  expect(wrap(`see ${path} there`)).toEqual(["see", path, "there"]);
});

test("continues the second column below itself", () => {
  expect(columns([["-a", "word ".repeat(20).trim()]])).toEqual([
    `  -a  ${"word ".repeat(15).trim()}`,
    `      ${"word ".repeat(5).trim()}`,
  ]);
});

test("a label that is too wide has its text on the next line and does not widen the column", () => {
  const wide = "--an-option-of-a-rather-long-name VALUE";
  expect(
    columns([
      ["-a", "short"],
      [wide, "long"],
    ]),
  ).toEqual(["  -a  short", `  ${wide}`, "      long"]);
});
