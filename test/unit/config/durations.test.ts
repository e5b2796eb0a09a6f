import { expect, test } from "bun:test";
import fc from "fast-check";
import { durationSeconds, durationText } from "../../../src/config/durations.ts";

const durations: readonly (readonly [string | number, number | undefined])[] = [
  ["15m", 900],
  ["90s", 90],
  ["1h30m", 5400],
  ["30d", 2_592_000],
  ["1d2h3m4s", 93_784],
  ["0", 0],
  ["0s", 0],
  ["45", 45],
  [45, 45],
  [-1, -1],
  ["", undefined],
  ["-1s", undefined],
  ["1.5h", undefined],
  [1.5, undefined],
  [Number.NaN, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ["30m1h", undefined],
  ["1h 30m", undefined],
  ["1M", undefined],
  ["soon", undefined],
  ["9007199254740993", undefined],
  ["9007199254740992d", undefined],
];

for (const [written, seconds] of durations) {
  test(`${JSON.stringify(written)} is ${seconds === undefined ? "no duration" : `${seconds} seconds`}`, () => {
    expect(durationSeconds(written)).toBe(seconds);
  });
}

test("a duration is shown in its largest whole unit", () => {
  expect([0, 1, 90, 900, 5400, 7200, 604_800].map(durationText)).toEqual(["0s", "1s", "90s", "15m", "90m", "2h", "7d"]);
});

test("a duration that is shown can be read", () => {
  fc.assert(
    fc.property(fc.nat(), (seconds) => {
      expect(durationSeconds(durationText(seconds))).toBe(seconds);
    }),
  );
});
