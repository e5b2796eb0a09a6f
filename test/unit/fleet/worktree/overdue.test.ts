import { expect, test } from "bun:test";
import { overdue } from "../../../../src/fleet/worktree/kept-trees.ts";

const now = new Date("2026-01-02T12:00:00Z");
const day = 86_400_000;
const calm = { now, limit: day, pressed: false, size: undefined };
const pressed = { ...calm, pressed: true };

interface Kept {
  readonly name: string;
  readonly agent: { readonly ending: { ended_at: string; operation: string; partial?: boolean } };
  readonly bytes: number | undefined;
}

function kept(name: string, hours: number, operation: string, bytes?: number, partial = false): Kept {
  const ended_at = new Date(now.getTime() - hours * 3_600_000).toISOString();
  return { name, agent: { ending: { ended_at, operation, partial } }, bytes };
}

const names = (trees: readonly Kept[]) => trees.map(({ name }) => name);

test("a worktree in the trash goes after keep_trees, and not before", () => {
  const trees = [kept("new", 23, "b"), kept("old", 24, "a")];
  expect(names(overdue(trees, calm))).toEqual(["old"]);
});

test("for want of room on the disk all go but those of the last hour and of the last kill", () => {
  const trees = [kept("last", 2, "last"), kept("too", 5, "last"), kept("before", 3, "a"), kept("day", 25, "b")];
  expect(names(overdue(trees, pressed))).toEqual(["day", "before"]);
  expect(names(overdue([kept("recent", 0.5, "a"), kept("last", 0.1, "last")], pressed))).toEqual([]);
  expect(names(overdue([kept("last", 25, "last")], pressed))).toEqual(["last"]);
});

test("above keep_trees_size the oldest go, as many as are too much", () => {
  const trees = [kept("d", 2, "last", 40), kept("c", 3, "c", 40), kept("b", 4, "b", 40), kept("a", 5, "a", 40)];
  expect(names(overdue(trees, { ...calm, size: 160 }))).toEqual([]);
  expect(names(overdue(trees, { ...calm, size: 120 }))).toEqual(["a"]);
  expect(names(overdue(trees, { ...calm, size: 119 }))).toEqual(["a", "b"]);
  expect(names(overdue(trees, { ...calm, size: 0 }))).toEqual(["a", "b", "c"]);
  // What was not measured takes nothing that is known.
  expect(names(overdue([kept("b", 2, "b"), kept("a", 3, "a")], { ...calm, size: 1 }))).toEqual([]);
});

test("what a clock that was set says of the age of a worktree lets none of them go", () => {
  const steady = { clock: "ours", seconds: 7200 };
  const trees = [kept("b", 1000, "b", 40), kept("a", 2000, "a", 40)].map((each) => ({
    ...each,
    agent: { ending: { ...each.agent.ending, steady: { clock: "ours", seconds: 7000 } } },
  }));
  expect(overdue(trees, { ...pressed, steady, size: 1 })).toEqual([]);
  const later = { ...pressed, steady: { clock: "ours", seconds: 7000 + 86_400 }, size: undefined };
  expect(overdue(trees, later).length).toBe(2);
});

test("what holds unsaved work that nothing else does never goes by itself", () => {
  expect(overdue([kept("b", 1, "b"), kept("a", 1000, "a", 40, true)], { ...pressed, size: 1 })).toEqual([]);
});
