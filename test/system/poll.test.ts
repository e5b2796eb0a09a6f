import { expect, test } from "bun:test";
import { pause, poll } from "../../src/system/poll.ts";

const never = new AbortController().signal;

test("a poll looks at once, then until a look finds something", async () => {
  let looks = 0;
  expect(await poll({ every: 1, cancelled: never }, () => (++looks === 3 ? "found" : undefined))).toBe("found");
  expect(looks).toBe(3);
});

test("a poll gives up at its deadline, after one more look", async () => {
  let last = 0;
  const deadline = performance.now() + 20;
  const found = await poll({ every: 8, deadline, cancelled: never }, () => {
    last = performance.now();
    return undefined;
  });
  expect(found).toBeUndefined();
  expect(last).toBeGreaterThanOrEqual(deadline);
});

test("a cancellation ends a pause at once, and no pause begins after one", async () => {
  const cancellation = new AbortController();
  const reason = new Error("enough");
  const paused = pause(2 ** 30, cancellation.signal);
  cancellation.abort(reason);
  expect(await paused.catch((error) => error)).toBe(reason);
  expect(await pause(0, cancellation.signal).catch((error) => error)).toBe(reason);
  const polled = poll({ every: 2 ** 30, cancelled: cancellation.signal }, () => undefined);
  expect(await polled.catch((error) => error)).toBe(reason);
});
