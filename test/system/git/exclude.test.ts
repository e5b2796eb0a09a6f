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

test("a block goes also when an editor changed its line ends or the user took its end away, and only that", () => {
  const block = withBlock("", ["a", "b"]);
  expect(withBlock(`mine\r\n${block.replaceAll("\n", "\r\n")}later\r\n`, [])).toBe("mine\r\nlater\r\n");
  const withoutEnd = block.replace(/# end.*\n/, "");
  expect(withBlock(`${withoutEnd}mine\n*.log\n`, [])).toBe("mine\n*.log\n");
});

test("a file without a line end gets one before the block", () => {
  expect(withBlock("mine", ["a"])).toMatch(/^mine\n# begin ai-fleet: .*\n\/a\n# end ai-fleet\n$/);
});
