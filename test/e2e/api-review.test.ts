import { expect, test } from "bun:test";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox } from "./agents.ts";
import { agentsIn, type Conversation, converse } from "./api-calls.ts";

/** A project with two agents of the batch `auth`, who have each committed the same note, and the first one a file of its own. */
async function race(): Promise<Conversation & AsyncDisposable> {
  const box = await demoSandbox();
  const { path: cwd } = await box.repository("project");
  const made = await converse({ box, cwd }, [
    { id: 1, call: "fanout", operation: "fanout-0001", input: { count: 2, prefix: "auth", prompt: "note" } },
  ]);
  expect(agentsIn(made.get(1)).map(({ branch, batch_id: batch }) => [branch, batch])).toEqual([
    ["auth-A1", "auth"],
    ["auth-A2", "auth"],
  ]);
  await box.fleet(["wait", "auth"], { cwd });
  writeFileSync(join(agentOn(box, "auth-A1").worktree, "extra"), "text\n");
  return { box, cwd, [Symbol.asyncDispose]: () => box[Symbol.asyncDispose]() };
}

test("tests are run by a call that tells of each how it ended, and what passed is not run again", async () => {
  await using at = await race();
  const input = { targets: ["auth"], command: "test -f extra" };
  const calls = [{ id: 1, call: "test", operation: "test-00001", input }];
  const lines = (await converse(at, calls)).get(1) ?? [];
  const events = lines.flatMap(({ event }) => (event === undefined ? [] : [event]));
  expect(events).toContainEqual(
    expect.objectContaining({
      branch: "auth-A1",
      test: { outcome: "passed", exit_code: 0, seconds: expect.any(Number), known: false },
    }),
  );
  expect(events).toHaveLength(2);
  expect(lines.at(-1)?.answer).toEqual({
    agents: [
      expect.objectContaining({ branch: "auth-A1", test: expect.objectContaining({ outcome: "passed" }) }),
      expect.objectContaining({ branch: "auth-A2", test: expect.objectContaining({ outcome: "failed" }) }),
    ],
    failures: [expect.objectContaining({ branch: "auth-A2", message: "exit code 1" })],
  });
  const again = await converse(at, [
    { id: 1, call: "test", operation: "test-00002", input: { ...input, targets: ["auth-A1"] } },
    { id: 2, call: "test", operation: "test-00003", input: { targets: ["auth"], command: ["test", "-f", "extra"] } },
    { id: 3, call: "test", operation: "test-00004", input: { targets: ["auth"] } },
  ]);
  expect(agentsIn(again.get(1))).toEqual([
    expect.objectContaining({ test: expect.objectContaining({ known: true, outcome: "passed" }) }),
  ]);
  const ranAs = expect.objectContaining({ test: expect.objectContaining({ command: "test -f extra" }) });
  expect(agentsIn(again.get(2))).toEqual([ranAs, ranAs]);
  expect(again.get(3)?.at(-1)?.error).toMatchObject({ kind: "usage", message: "there is no test command" });
});

test("a comparison is what is known and runs nothing, and an overlap names who is in whose way", async () => {
  await using at = await race();
  const input = { targets: ["auth"], command: "test -f extra" };
  await converse(at, [{ id: 1, call: "test", operation: "test-00001", input }]);
  const answers = await converse(at, [
    { id: 1, call: "compare", input: { targets: ["auth"], test: "test -f extra" } },
    { id: 2, call: "compare", input: { targets: ["auth"], test: "touch never" } },
    { id: 3, call: "overlap" },
    { id: 4, call: "overlap", input: { targets: ["typo"] } },
  ]);
  expect(agentsIn(answers.get(1))).toEqual([
    expect.objectContaining({
      branch: "auth-A1",
      unsaved: 1,
      target: "main",
      test: expect.objectContaining({ outcome: "passed", stale: false }),
    }),
    expect.objectContaining({ branch: "auth-A2", test: expect.objectContaining({ outcome: "failed" }) }),
  ]);
  expect(agentsIn(answers.get(2)).map(({ test: result }) => result)).toEqual([null, null]);
  expect(existsSync(join(agentOn(at.box, "auth-A1").worktree, "never"))).toBe(false);
  const pair = { a: "auth-A1", b: "auth-A2", shared: ["demo-notes.md"], conflicts: expect.any(Array) };
  expect(answers.get(3)?.[0]?.answer).toEqual({
    repositories: [
      expect.objectContaining({ repo: at.cwd, agents: ["auth-A1", "auth-A2"], pairs: [expect.objectContaining(pair)] }),
    ],
    failures: [],
  });
  expect(answers.get(4)?.[0]?.error).toMatchObject({ code: "unknown-target" });
});

test("work is merged and taken back by calls, and unsaved work that would be left out is refused as a failure", async () => {
  await using at = await race();
  const head = async () => (await at.box.run(["git", "rev-parse", "main"], { cwd: at.cwd })).stdout.trim();
  const before = await head();
  const refused = await converse(at, [
    { id: 1, call: "merge", operation: "merge-0001", input: { targets: ["auth-A1"] } },
  ]);
  expect(refused.get(1)?.at(-1)?.answer).toEqual({
    agents: [],
    failures: [expect.objectContaining({ branch: "auth-A1", message: expect.stringContaining("1 unsaved file") })],
    not_tried: [],
  });
  const merged = await converse(at, [
    { id: 1, call: "merge", operation: "merge-0002", input: { targets: ["auth-A1"], commit: true } },
  ]);
  const commit = await head();
  expect(agentsIn(merged.get(1))).toEqual([
    expect.objectContaining({ merge: expect.objectContaining({ target: "main", old: before, new: commit }) }),
  ]);
  const undone = await converse(at, [
    { id: 1, call: "undo_merge", operation: "undo-00001" },
    { id: 2, call: "undo_merge", operation: "undo-00002" },
  ]);
  const [first, second] = [undone.get(1)?.at(-1), undone.get(2)?.at(-1)];
  // Both are called at once: one of them takes it back, the other finds nothing any more.
  const [done, none] = first !== undefined && "answer" in first ? [first, second] : [second, first];
  expect(done?.answer).toMatchObject({ agents: [{ branch: "auth-A1", undone: { target: "main", old: before } }] });
  expect(none?.error).toMatchObject({ kind: "failed" });
  expect(await head()).toBe(before);
});

test("the best of a batch is taken by one call, which tests them, merges it and ends the others", async () => {
  await using at = await race();
  const input = { targets: ["auth"], best: true, test: "test -f extra" };
  const answers = await converse(at, [
    { id: 1, call: "pick", operation: "pick-00001", input: { targets: ["auth"] } },
    { id: 2, call: "pick", operation: "pick-00002", input },
  ]);
  expect(answers.get(1)?.at(-1)?.error).toMatchObject({ kind: "usage" });
  const lines = answers.get(2) ?? [];
  expect(lines.filter(({ event }) => event !== undefined)).toHaveLength(2);
  expect(lines.at(-1)?.answer).toEqual({
    winner: expect.objectContaining({ branch: "auth-A1", merge: expect.objectContaining({ target: "main" }) }),
    reason: expect.stringContaining("auth-A1 before auth-A2"),
    agents: [expect.objectContaining({ branch: "auth-A2", outcome: "ended" })],
    failures: [],
  });
  expect(existsSync(join(at.cwd, "extra"))).toBe(true);
});
