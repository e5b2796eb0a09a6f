import { expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn } from "./agents.ts";
import { agentsIn, converse, place } from "./api-calls.ts";
import { playedCodex } from "./played-codex.ts";

test("what an agent said is answered as data with each use of a tool, its screen on request, also after a kill", async () => {
  await using box = await playedCodex();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "one", "--wait", "-p", "say something"], { cwd });
  const said = [
    { at: expect.any(String), by: "user", text: "say something" },
    { at: expect.any(String), by: "agent", text: "Done." },
  ];
  const first = await converse({ box, cwd }, [
    { id: 1, call: "logs", input: { targets: ["one"], lines: 1 } },
    { id: 2, call: "logs", input: { targets: ["one"], source: "screen" } },
    { id: 3, call: "logs", input: { targets: ["two"] } },
  ]);
  expect(agentsIn(first.get(1))).toEqual([
    expect.objectContaining({ branch: "one", lines: ["Done."], conversation: said.slice(1), complete: false }),
  ]);
  const [screen] = agentsIn(first.get(2));
  expect([typeof screen?.lines, screen?.conversation]).toEqual(["object", undefined]);
  expect(first.get(3)?.[0]?.error).toMatchObject({ code: "unknown-target" });
  await box.fleet(["kill", "one"], { cwd });
  const after = await converse({ box, cwd }, [{ id: 1, call: "logs", input: { targets: ["one"] } }]);
  const lines = ["> say something", "", "Done."];
  expect(agentsIn(after.get(1))).toEqual([expect.objectContaining({ lines, conversation: said, complete: true })]);
});

test("what an agent has changed is answered by file and as a patch that git applies, unsaved work included", async () => {
  await using at = await place();
  const { worktree } = agentOn(at.box, "fix");
  writeFileSync(join(worktree, "new file"), "one\ntwo\n");
  await at.box.run(["git", "config", "diff.noprefix", "true"], { cwd: at.cwd });
  const answers = await converse(at, [
    { id: 1, call: "diff", input: { targets: ["fix"] } },
    { id: 2, call: "diff", input: { targets: ["fix"], patch: false } },
    { id: 3, call: "diff", input: { targets: ["fix"], patch_limit: 40 } },
  ]);
  const [whole] = agentsIn(answers.get(1));
  expect(whole?.files).toEqual([
    { path: "demo-notes.md", added: expect.any(Number), deleted: 0 },
    { path: "new file", added: 2, deleted: 0 },
  ]);
  await at.box.run(["git", "apply", "--check", "-"], { cwd: at.cwd, input: String(whole?.patch) }).expect();
  expect(agentsIn(answers.get(2)).map(({ patch }) => patch)).toEqual([undefined]);
  const [beginning] = agentsIn(answers.get(3));
  expect([beginning?.patch, beginning?.cut]).toEqual(["", true]);
  rmSync(worktree, { recursive: true });
  const gone = await converse(at, [{ id: 1, call: "diff", input: { targets: ["fix"] } }]);
  const failure = { branch: "fix", kind: "failed", message: `the worktree of fix is gone: ${worktree}` };
  expect(gone.get(1)?.[0]?.answer).toEqual({ agents: [], failures: [expect.objectContaining(failure)] });
});

test("fleet diff --json has the same answer as the call, without the patch when only the files are asked for", async () => {
  await using at = await place();
  const called = await converse(at, [{ id: 1, call: "diff", input: { targets: ["fix"] } }]);
  const { stdout } = await at.box.fleet(["diff", "fix", "--json"], { cwd: at.cwd });
  expect(JSON.parse(stdout)).toEqual({ version: 1, ...(called.get(1)?.[0]?.answer as object) });
  const short = await at.box.fleet(["diff", "fix", "--stat", "--json"], { cwd: at.cwd });
  expect(JSON.parse(short.stdout).agents[0]).not.toHaveProperty("patch");
});

test("an agent that does not run is brought back, and one that runs is refused beside it", async () => {
  await using at = await place();
  await at.box.fleet(["create", "two", "-p", "note"], { cwd: at.cwd });
  await at.box.fleet(["stop", "fix"], { cwd: at.cwd });
  const answers = await converse(at, [
    { id: 1, call: "resume", operation: "resume-0001", input: { targets: ["fix", "two"] } },
    { id: 2, call: "resume", operation: "resume-0002", input: { targets: ["fix"], agent: "demo" } },
  ]);
  expect(answers.get(1)?.at(-1)?.answer).toEqual({
    agents: [expect.objectContaining({ branch: "fix", conversation: false, cut_off: false, pid: expect.any(Number) })],
    failures: [expect.objectContaining({ branch: "two", kind: "failed", hint: expect.stringContaining("fleet stop") })],
  });
  expect(answers.get(2)?.at(-1)?.error).toMatchObject({ kind: "usage" });
});

test("killed agents are shown with what can come back of them, and come back with their unsaved work", async () => {
  await using at = await place();
  const { worktree } = agentOn(at.box, "fix");
  writeFileSync(join(worktree, "unsaved"), "text\n");
  await at.box.fleet(["kill", "fix"], { cwd: at.cwd });
  const shown = await converse(at, [{ id: 1, call: "restorable" }]);
  expect(agentsIn(shown.get(1))).toEqual([
    expect.objectContaining({ branch: "fix", unsaved: 1, restorable: "whole", restorable_until: expect.any(String) }),
  ]);
  const answers = await converse(at, [
    { id: 1, call: "restore", operation: "restore-0001", input: { branch: "fix", last: true } },
    { id: 2, call: "restore", operation: "restore-0002", input: {} },
    { id: 3, call: "restore", operation: "restore-0003", input: { branch: "fix", as: "again", resume: false } },
    { id: 4, call: "restorable" },
  ]);
  for (const id of [1, 2]) expect(answers.get(id)?.at(-1)?.error).toMatchObject({ kind: "usage" });
  expect(answers.get(3)?.at(-1)?.answer).toEqual({
    agents: [expect.objectContaining({ branch: "again", running: false })],
    failures: [],
  });
  const back = agentOn(at.box, "again");
  expect(readFileSync(join(back.worktree, "unsaved"), "utf8")).toBe("text\n");
  const nobody = await converse(at, [{ id: 1, call: "restorable" }]);
  expect(agentsIn(nobody.get(1))).toEqual([]);
});

test("what can go is shown first, and only the other call removes it", async () => {
  await using at = await place();
  await at.box.run(["git", "merge", "--quiet", "fix"], { cwd: at.cwd });
  await at.box.fleet(["stop", "fix"], { cwd: at.cwd });
  const { worktree } = agentOn(at.box, "fix");
  const prunable = [{ kind: "agent", name: "fix", reason: "stopped, clean and merged" }];
  const shown = await converse(at, [{ id: 1, call: "prunable" }]);
  expect(shown.get(1)).toEqual([{ id: 1, answer: { dry_run: true, prunable, failures: [] } }]);
  expect(existsSync(worktree)).toBe(true);
  const pruned = await converse(at, [{ id: 1, call: "prune", operation: "prune-0001" }]);
  expect(pruned.get(1)?.at(-1)).toEqual({ id: 1, answer: { dry_run: false, prunable, failures: [] } });
  expect(existsSync(worktree)).toBe(false);
});
