import { expect, test } from "bun:test";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Position, readAppended } from "../../src/system/appended.ts";
import { temporaryFolder } from "../helpers/folder.ts";

/** A file, and who has read it so far. */
function reader() {
  const file = join(temporaryFolder(), "rows");
  let position: Position | undefined;
  const read = (...marks: readonly string[]) => {
    const lines: string[] = [];
    position = readAppended(file, position, marks, (line) => lines.push(line));
    return lines;
  };
  return { file, read };
}

test("lines are read once, those with a mark alone, in their order", () => {
  const { file, read } = reader();
  expect(read("a")).toEqual([]);
  writeFileSync(file, "b1\na1\nnothing\na b\n");
  expect(read("a", "b")).toEqual(["b1", "a1", "a b"]);
  expect(read("a", "b")).toEqual([]);
  appendFileSync(file, "a2\n\na3");
  expect(read("a")).toEqual(["a2"]);
  appendFileSync(file, "3\n");
  expect(read("a")).toEqual(["a33"]);
});

test("a line may be longer than what is read at once, and its characters may be cut by that", () => {
  const { file, read } = reader();
  const long = `é${"x€".repeat(1_500_000)}`;
  writeFileSync(file, `short\n${long}mark\nmark end\n`);
  expect(read("mark").map((line) => [line.length, line.slice(-5)])).toEqual([
    [long.length + 4, "€mark"],
    [8, "k end"],
  ]);
});

test("a file that is no longer the same is read from its beginning", () => {
  const { file, read } = reader();
  writeFileSync(file, "a1\na2\n");
  read("a");
  writeFileSync(file, "a3\n");
  expect(read("a")).toEqual(["a3"]);
  writeFileSync(file, "a4\na5\na6\n");
  expect(read("a")).toEqual(["a4", "a5", "a6"]);
});
