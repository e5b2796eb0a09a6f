import { expect, test } from "bun:test";
import fc from "fast-check";
import { withBlock } from "../../../src/system/git/exclude.ts";

const anyLines = fc.array(fc.string({ unit: "binary" })).map((lines) => lines.map((line) => `${line}\n`).join(""));
const anyPaths = fc.array(fc.string({ minLength: 1 }).filter((path) => !path.includes("\n")));

test("whatever is in an exclude file stays, and the block goes without a trace", () => {
  fc.assert(
    fc.property(anyLines, anyPaths, anyPaths, (text, some, others) => {
      const once = withBlock(text, some);
      expect(withBlock(once, some)).toBe(once);
      expect(withBlock(withBlock(once, others), [])).toBe(text);
    }),
  );
});

test("a file without a line end gets one before the block", () => {
  expect(withBlock("mine", ["a"])).toMatch(/^mine\n# begin ai-fleet: .*\n\/a\n# end ai-fleet\n$/);
});

const [begin = "", pattern = "", end = ""] = withBlock("", ["a"]).split("\n");

/** What a person or an editor made of the file, and what is left of it without our block. */
const edited: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  "with other line ends": [
    ["mine\r", `${begin}\r`, `${pattern}\r`, `${end}\r`, "yours\r", ""],
    ["mine\r", "yours\r", ""],
  ],
  "without the end of the block": [
    ["mine", begin, pattern, "/b", "yours", "/c", ""],
    ["mine", "yours", "/c", ""],
  ],
  "without the end of the first of two blocks": [
    ["mine", begin, pattern, "*.log", begin, pattern, end, "yours", ""],
    ["mine", "*.log", "yours", ""],
  ],
  "with lines in the block": [
    ["mine", begin, pattern, "*.log", "", "/b", end, "yours", ""],
    ["mine", "*.log", "", "/b", "yours", ""],
  ],
  "without the begin of the block": [
    ["mine", pattern, end, ""],
    ["mine", pattern, ""],
  ],
  "without a line end after the block": [
    ["mine", begin, pattern, end],
    ["mine", ""],
  ],
  "with the block alone and no line end": [[begin, pattern, end], [""]],
  "with the begin alone": [[begin], [""]],
  "with lines that only look like ours": [
    [`# ${begin}`, `${begin}.`, `${end}.`, "/a", ""],
    [`# ${begin}`, `${begin}.`, `${end}.`, "/a", ""],
  ],
};

for (const [how, [lines, rest]] of Object.entries(edited)) {
  test(`of a file ${how} only what is ours goes`, () => {
    expect(withBlock(lines.join("\n"), []).split("\n")).toEqual([...rest]);
  });
}
