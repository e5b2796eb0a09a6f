import { expect, test } from "bun:test";
import { usualPace } from "../../../../src/fleet/watch/wait.ts";

test("few agents are waited for with three looks a second, and many with fewer, at moments that all share", () => {
  const counts = [1, 25, 26, 50, 100, 200, 300, 1000];
  expect(counts.map((count) => usualPace(count).every)).toEqual([300, 300, 600, 600, 1200, 2400, 2400, 2400]);
});
