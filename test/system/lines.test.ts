import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beginningOf, linesFromEnd } from "../../src/system/lines.ts";
import { noFiles } from "../helpers/damage.ts";
import { temporaryFolder } from "../helpers/folder.ts";

function fileWith(text: string): string {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, text);
  return file;
}

test("the lines of a file come from its end", () => {
  expect([...linesFromEnd(fileWith("one\ntwo\nthree\n"))]).toEqual(["", "three", "two", "one"]);
  expect([...linesFromEnd(fileWith("one\ntwo"))]).toEqual(["two", "one"]);
  expect([...linesFromEnd(fileWith(""))]).toEqual([""]);
  expect([...linesFromEnd("/nowhere/at/all")]).toEqual([]);
});

test("lines longer than what is read at once come whole", () => {
  const lines = ["start", "é".repeat(200_000), "short", "x".repeat(300_000), ""];
  const file = fileWith(lines.join("\n"));
  expect([...linesFromEnd(file)].reverse()).toEqual(lines);
});

test("a line that begins before the limit is left out", () => {
  const file = fileWith("one\ntwo\nthree");
  expect([...linesFromEnd(file, 9)]).toEqual(["three"]);
  expect([...linesFromEnd(file, 13)]).toEqual(["three", "two", "one"]);
});

test("whatever is in a file, its lines come in turn", () => {
  const file = fileWith("");
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""))), (lines) => {
      writeFileSync(file, lines.join("\n"));
      expect([...linesFromEnd(file)].reverse().join("\n")).toBe(lines.join("\n"));
    }),
  );
});

test("no more is read than is asked for", () => {
  const file = fileWith(`${"x".repeat(99)}\n`.repeat(10_000));
  const lines = linesFromEnd(file);
  lines.next();
  writeFileSync(file, "");
  expect(lines.next().value).toBe("x".repeat(99));
  lines.return(undefined);
});

test("what is no file has no lines, and is not waited for", () => {
  for (const make of Object.values(noFiles)) {
    const path = join(temporaryFolder(), "x");
    make(path);
    expect([...linesFromEnd(path)]).toEqual([]);
    expect(beginningOf(path, 10)).toBe("");
  }
});

test("the beginning of a file is read, as far as it goes", () => {
  expect(beginningOf(fileWith("abcdef"), 3)).toBe("abc");
  expect(beginningOf(fileWith("abc"), 100)).toBe("abc");
  expect(beginningOf("/nowhere/at/all", 3)).toBe("");
});
