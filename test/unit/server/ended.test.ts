import { expect, test } from "bun:test";
import { hasEnded } from "../../../src/server/page/state/ended.ts";

test("the page offers to resume what has ended, also for want of memory, and not what is in error and runs", () => {
  const running = ["waiting", "working", "idle", "starting", "unknown", "error"];
  expect(running.filter((status) => hasEnded({ status, memory_bytes: 1 }))).toEqual([]);
  const ended = ["stopped", "exited", "failed", "error"];
  expect(ended.filter((status) => hasEnded({ status, memory_bytes: null }))).toEqual(ended);
});
