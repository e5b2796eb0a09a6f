import { expect, test } from "bun:test";
import { amount, counted, memory, money, oneLine, shown, span } from "../../../src/server/page/words.ts";

test("what would turn the text around it is shown as what it is", () => {
  expect(shown("fix\u202etxt.exe")).toBe("fix⟨U+202E⟩txt.exe");
  expect(shown("a\u2066b\u2069c\u200bd")).toBe("a⟨U+2066⟩b⟨U+2069⟩c⟨U+200B⟩d");
});

test("sequences that a terminal would obey are left out, other control characters are shown", () => {
  expect(shown("\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u001b]8;;http://a\u001b\\link")).toBe("red xlink");
  expect(shown("bell\u0007 null\u0000 \u001b delete\u007f")).toBe("bell␇ null␀ ␛ delete␡");
});

test("what people write is left as it is: line ends, tabs, other scripts, joined emoji", () => {
  const text = "Grüße\n\tעברית 日本 👩‍👩‍👧 ✔️";
  expect(shown(text)).toBe(text);
});

test("text in one line has no line ends", () => {
  expect(oneLine("  two\r\n  lines\tand more ")).toBe("two lines and more");
});

test("spans, sums and sizes are worded as the command line words them", () => {
  expect([0, 59_000, 60_000, 3_600_000, 47 * 3_600_000, 48 * 3_600_000].map(span)).toEqual([
    "0s",
    "59s",
    "1m",
    "1h",
    "47h",
    "2d",
  ]);
  expect([0, 0.004, 0.42, 12].map(money)).toEqual(["$0.00", "<$0.01", "$0.42", "$12.00"]);
  expect([999, 1234, 12_345, 2_500_000].map(amount)).toEqual(["999", "1.2k", "12k", "2.5M"]);
  expect([3_000_000, 340_000_000].map(memory)).toEqual(["3 MB", "0.3 GB"]);
  expect([counted(1, "agent"), counted(2, "agent")]).toEqual(["1 agent", "2 agents"]);
});
