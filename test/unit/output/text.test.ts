import { expect, test } from "bun:test";
import fc from "fast-check";
import { counted, cut, harmless, memorySize, oneLine, span } from "../../../src/output/text.ts";
import { hostilePrompts } from "../../helpers/text.ts";

const anyText = fc.string({ unit: "binary" }).map((text) => text.toWellFormed());

test("what a terminal would act on is shown instead", () => {
  expect(harmless("\x1b[31mred\x07\x9b2J\x7f\r\n\ttab\0")).toBe("\\x1b[31mred\\x07\\x9b2J\\x7f\\x0d\n tab\\x00");
  expect(harmless("修复 \u{1f680} über\n")).toBe("修复 \u{1f680} über\n");
});

test("no control character but the line end gets through, and the rest stays", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const shown = harmless(text);
      expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      if (!/\p{Cc}/u.test(text)) expect(shown).toBe(text);
    }),
  );
});

test("a text on one line has no line end and no blanks around", () => {
  expect(oneLine("  first \n\n\t second\r\nthird\n")).toBe("first second third");
  for (const { text } of hostilePrompts) expect(oneLine(text)).not.toMatch(/\p{Cc}/u);
});

test("a text that fits is not cut", () => {
  expect(cut("exact", 5)).toBe("exact");
  expect(cut("修复", 4)).toBe("修复");
  expect(cut("", 0)).toBe("");
});

test("a text that is cut ends in an ellipsis", () => {
  expect(cut("too long", 5)).toBe("too …");
  expect(cut("修复登录", 4)).toBe("修…");
  expect(cut("修复登录", 5)).toBe("修复…");
  expect(cut("family \u{1f469}\u200d\u{1f469}\u200d\u{1f467} here", 10)).toBe(
    "family \u{1f469}\u200d\u{1f469}\u200d\u{1f467}…",
  );
});

test("a cut text is never wider than it may be, and begins as the whole one does", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 20 }), (text, width) => {
      const shown = cut(text, width);
      expect(Bun.stringWidth(shown)).toBeLessThanOrEqual(width);
      if (shown !== text) expect(text).toStartWith(shown.slice(0, -1));
    }),
  );
});

test("a count has its noun in singular or plural", () => {
  expect([0, 1, 2].map((count) => counted(count, "agent"))).toEqual(["0 agents", "1 agent", "2 agents"]);
});

const spans: Readonly<Record<string, number>> = {
  "0s": -5000,
  "59s": 59_999,
  "1m": 60_000,
  "59m": 3_599_999,
  "1h": 3_600_000,
  "23h": 86_399_999,
  "1d": 86_400_000,
  "400d": 400 * 86_400_000,
};

for (const [shown, milliseconds] of Object.entries(spans)) {
  test(`${milliseconds} ms are ${shown}`, () => {
    expect(span(milliseconds)).toBe(shown);
  });
}

const sizes: Readonly<Record<string, number>> = {
  "0M": 0,
  "3M": 2_600_000,
  "99M": 99_400_000,
  "0.1G": 100_000_000,
  "0.3G": 253_000_000,
  "12.3G": 12_340_000_000,
};

for (const [shown, bytes] of Object.entries(sizes)) {
  test(`${bytes} bytes are ${shown}`, () => {
    expect(memorySize(bytes)).toBe(shown);
  });
}
