import { expect, test } from "bun:test";
import { emptyDraft, planOf } from "../../../src/server/page/views/new-agents.ts";

const draft = emptyDraft("/home/me/shop");

test("one agent needs a branch, and has what was filled in", () => {
  expect(planOf("one", draft)).toEqual({ row: undefined, problem: "It needs a branch" });
  expect(planOf("one", { ...draft, branch: " fix-42 ", prompt: "Test it", agent: "codex", budget: "2 USD" })).toEqual({
    row: "create",
    count: 1,
    input: { agents: [{ branch: "fix-42", prompt: "Test it", agent: "codex", budget: "2 USD" }] },
  });
});

test("a fan-out needs a task and a number of attempts, and no name", () => {
  expect(planOf("fanout", draft)).toEqual({ row: undefined, problem: "It needs a task" });
  expect(planOf("fanout", { ...draft, prompt: "x", count: Number.NaN })).toMatchObject({ row: undefined });
  expect(planOf("fanout", { ...draft, prompt: "x", count: 4, from: "dev" })).toEqual({
    row: "fanout",
    count: 4,
    input: { count: 4, prompt: "x", from: "dev" },
  });
});

test("several agents are a line each; the first colon ends the branch", () => {
  expect(planOf("several", { ...draft, lines: "a: one\n\n feat/b: two: 2\n" })).toMatchObject({
    input: {
      agents: [
        { branch: "a", prompt: "one" },
        { branch: "feat/b", prompt: "two: 2" },
      ],
    },
  });
  expect(planOf("several", { ...draft, lines: "a: one\nno colon" })).toEqual({
    row: undefined,
    problem: "A line is BRANCH: TASK, which this is not: no colon",
  });
});

test("another machine is asked for in every kind, this one in none", () => {
  const there = { ...draft, host: "gpu1", branch: "a", prompt: "x", lines: "a: one" };
  for (const kind of ["one", "fanout", "several"] as const) {
    expect(planOf(kind, there)).toMatchObject({ input: { host: "gpu1" } });
    expect(planOf(kind, { ...there, host: "" })).not.toMatchObject({ input: { host: expect.anything() } });
  }
});
