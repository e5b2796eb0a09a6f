import { expect, test } from "bun:test";
import { isOver } from "../../../../src/fleet/worktree/removal.ts";

const now = new Date("2026-01-02T12:00:00Z");
const hours = (count: number) => new Date(now.getTime() - count * 3_600_000).toISOString();
const day = 86_400_000;

test("a worktree in the trash goes after keep_trees, earlier only for want of room, and never of the last kill", () => {
  const ended = (age: number, operation = "old") => ({ ended_at: hours(age), operation });
  const calm = { now, limit: day, pressed: false, last: "last" };
  const pressed = { ...calm, pressed: true };
  expect(isOver(ended(23), calm)).toBe(false);
  expect(isOver(ended(24), calm)).toBe(true);
  expect(isOver(ended(0.5), pressed)).toBe(false);
  expect(isOver(ended(2), pressed)).toBe(true);
  expect(isOver(ended(2, "last"), pressed)).toBe(false);
  expect(isOver(ended(25, "last"), pressed)).toBe(true);
});
