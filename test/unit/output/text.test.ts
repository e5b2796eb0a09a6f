import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  counted,
  cut,
  harmless,
  harmlessInColour,
  jsonText,
  memorySize,
  oneLine,
  quoted,
  span,
} from "../../../src/output/text.ts";
import { hostilePrompts } from "../../helpers/text.ts";

const anyText = fc.string({ unit: "binary" }).map((text) => text.toWellFormed());

test("what a terminal would act on is shown instead", () => {
  expect(harmless("\x1b[31mred\x07\x9b2J\x7f\r\n\ttab\0")).toBe("\\x1b[31mred\\x07\\x9b2J\\x7f\\x0d\n tab\\x00");
  expect(harmless("修复 \u{1f680} über\n")).toBe("修复 \u{1f680} über\n");
});

test("a line that has colours keeps them, its tabs and its end, and nothing else that a terminal would act on", () => {
  expect(harmlessInColour("\x1b[1;38:5:9mred\x1b[m\tx\r")).toBe("\x1b[1;38:5:9mred\x1b[m\tx\r");
  expect(harmlessInColour("end\x1b[41m\r\x1b[m")).toBe("end\x1b[41m\r\x1b[m");
  expect(harmlessInColour("hidden\rshown\x1b[2K\x1b]8;;u\x07\x08")).toBe(
    "hidden\\x0dshown\\x1b[2K\\x1b]8;;u\\x07\\x08",
  );
  fc.assert(
    fc.property(anyText, (text) => {
      if (!text.includes("\x1b[")) expect(harmless(harmlessInColour(text))).toBe(harmless(text));
    }),
  );
});

test("JSON means what it says, and a terminal finds nothing in it to act on", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const json = jsonText({ [text]: [text] });
      expect(JSON.parse(json)).toEqual({ [text]: [text] });
      expect(harmless(json)).toBe(json);
    }),
  );
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

test("a quoted text has a bar before each line, and another before the rest of one that does not fit", () => {
  expect(quoted("one\n\n\ttwo\n", 80)).toBe("  │ one\n  │ \n  │  two");
  expect(quoted(`${"x".repeat(20)}yy`, 24)).toBe(`  │ ${"x".repeat(20)}\n  ┆ yy`);
  expect(quoted("修".repeat(11), 24)).toBe(`  │ ${"修".repeat(10)}\n  ┆ 修`);
  expect(quoted("a\u001b[2K\u0085\u202e\u200b\u2028\ufeff\u{e0041}\u3164", 80)).toBe(
    "  │ a\\x1b[2K\\x85\\u202e\\u200b\\u2028\\ufeff\\u{e0041}\\u3164",
  );
});

test("a quoted text is on the terminal, all of it, behind bars", () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 200 }), (text, columns) => {
      const lines = quoted(text, columns).split("\n");
      expect(lines.filter((line) => !/^ {2}[│┆] /.test(line) || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line))).toEqual([]);
      expect(lines.filter((line) => line.startsWith("  │ "))).toHaveLength(text.replace(/\n$/, "").split("\n").length);
      if (!/[^ -~\n]/.test(text)) {
        const shown = lines.map((line) => (line.startsWith("  │ ") ? "\n" : "") + line.slice(4)).join("");
        expect(shown.slice(1)).toBe(text.replace(/\n$/, ""));
      }
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
