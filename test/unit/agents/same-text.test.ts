import { describe, expect, test } from "bun:test";
import { holdsText } from "../../../src/agents/same-text.ts";

describe("a message holds a text that was sent", () => {
  test.each([
    ["alone", "do this", "do this"],
    ["before another, with an empty line between", "do this\n\nthen that", "do this"],
    ["behind another, in the next line", "do this\nthen that", "then that"],
    ["of several paragraphs, in the middle", "one\n\ntwo\n\nthree\n\nfour", "two\n\nthree"],
    ["with other white space", "  do\tthis \r\nthen that", "do this"],
  ])("%s", (_, message, sent) => expect(holdsText(message, sent)).toBe(true));

  test.each([
    ["whose beginning alone is there", "do this and that", "do this"],
    ["whose end alone is there", "please do this", "do this"],
    ["of which one line is missing", "one\n\nthree", "one\n\ntwo\n\nthree"],
  ])("but not one %s", (_, message, sent) => expect(holdsText(message, sent)).toBe(false));
});
