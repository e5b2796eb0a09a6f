import { expect, test } from "bun:test";
import fc from "fast-check";
import { createKeyReader, type Key } from "../../../src/output/keys.ts";

function read(...chunks: readonly string[]): Key[] {
  const reader = createKeyReader();
  const keys = chunks.flatMap((chunk) => reader.read(new TextEncoder().encode(chunk)));
  return [...keys, ...reader.flush()];
}

test("arrows and the like are known in both modes of a terminal", () => {
  expect(read("\u001b[A\u001bOB\u001b[5~\u001b[H\u001b[F")).toEqual(
    (["up", "down", "page-up", "home", "end"] as const).map((name) => ({ kind: "named", name })),
  );
});

test("text is text, in one piece, and controls are keys of their own", () => {
  expect(read("jk漢\r\u0003\u007f\t")).toEqual([
    { kind: "text", text: "jk漢" },
    { kind: "named", name: "enter" },
    { kind: "control", letter: "c" },
    { kind: "named", name: "backspace" },
    { kind: "named", name: "tab" },
  ]);
});

test("an Escape alone is a key once nothing follows", () => {
  const reader = createKeyReader();
  expect(reader.read(Buffer.from("\u001b"))).toEqual([]);
  expect(reader.isOpen).toBe(true);
  expect(reader.flush()).toEqual([{ kind: "named", name: "escape" }]);
  expect(reader.isOpen).toBe(false);
});

test("a sequence or a character that comes in pieces is the same key", () => {
  expect(read("\u001b", "[", "A")).toEqual([{ kind: "named", name: "up" }]);
  const reader = createKeyReader();
  const [first, ...rest] = new TextEncoder().encode("漢");
  expect(reader.read(new Uint8Array([first ?? 0]))).toEqual([]);
  expect(reader.read(new Uint8Array(rest))).toEqual([{ kind: "text", text: "漢" }]);
});

test("what is pasted is one text, whatever is in it", () => {
  expect(read("\u001b[200~first\r\nsec", "ond\u001b[A\u001b[201~j")).toEqual([
    { kind: "paste", text: "first\nsecond\u001b[A" },
    { kind: "text", text: "j" },
  ]);
});

test("presses of the left button and the wheel are told with their place, releases and other buttons are not", () => {
  expect(read("\u001b[<0;5;4M\u001b[<0;5;4m\u001b[<64;1;1M\u001b[<65;1;1M\u001b[<2;1;1M")).toEqual([
    { kind: "mouse", action: "press", column: 4, row: 3 },
    { kind: "mouse", action: "wheel-up", column: 0, row: 0 },
    { kind: "mouse", action: "wheel-down", column: 0, row: 0 },
  ]);
});

test("sequences that nobody asked for are no keys", () => {
  expect(read("\u001b[?1;2c\u001b[I\u001b[24~\u001b[1;5Cj")).toEqual([{ kind: "text", text: "j" }]);
});

test("however the bytes are cut, the keys are the same", () => {
  const parts = ["a", "漢", "\u001b[A", "\u001b[<0;5;4M", "\r", "\u001b[200~x\ry\u001b[201~", "\u0003", "\u001bOB"];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...parts)), fc.array(fc.nat(), { maxLength: 8 }), (words, cuts) => {
      const bytes = new TextEncoder().encode(words.join(""));
      const reader = createKeyReader();
      const places = [...new Set(cuts.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
      const pieces = [0, ...places].map((start, index) => bytes.subarray(start, places[index] ?? bytes.length));
      const keys = [...pieces.flatMap((piece) => reader.read(piece)), ...reader.flush()];
      const textOf = (of: readonly Key[]) =>
        of.map((key) => (key.kind === "text" ? key.text : JSON.stringify(key))).join("");
      expect(textOf(keys)).toBe(textOf(read(words.join(""))));
    }),
  );
});
