import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentOn, demoSandbox } from "./agents.ts";

test("compare shows attempts best first and says why", async () => {
  await using box = await demoSandbox();
  const repository = await box.repository("project", { files: { "a.txt": "a\nb\nc\n", old: "1\n2\n3\n4\n" } });
  const at = { cwd: repository.path };
  const names = ["big", "small", "broken", "clash", "empty", "gone"];
  for (const name of names) await box.fleet(["create", name], at);
  const write = (name: string, file: string, text: string | Uint8Array) =>
    writeFileSync(join(agentOn(box, name).worktree, file), text);
  write("big", "new.txt", "1\n2\n3\n4\n5\n");
  write("big", "picture", Buffer.from([0, 1, 2]));
  write("small", "new.txt", "1\n");
  write("broken", "bad", "bad\n");
  write("clash", "a.txt", "A\nb\nc\n");
  write("gone", "old", "1\n2\n3\n4\n5\n");
  await repository.git("-C", agentOn(box, "small").worktree, "add", "--all");
  await repository.git("-C", agentOn(box, "small").worktree, "commit", "--quiet", "-m", "small");
  repository.write("a.txt", "x\nb\nc\n");
  await repository.commit("moved on");
  await box.fleet(["kill", "gone", "--keep-branch"], at);
  const killed = await box.fleet(["compare", "gone", "small"], at);
  expect(killed.stdout).toContain("gone (killed)*  -      clean      1  +1 -0\n");
  const { stdout, stderr } = await box.fleet(["compare", "--all", "--test", "test ! -e bad"], at);
  expect(stdout).toBe(
    [
      "   BRANCH   TESTS   MERGE     FILES  LINES",
      "1  small    passed  clean         1  +1 -0",
      "2  big*     passed  clean         2  +5 -0",
      "3  clash*   passed  conflict      1  +1 -1",
      "4  broken*  failed  clean         1  +1 -0",
      "5  empty    passed  clean         0      -",
      "",
    ].join("\n"),
  );
  expect(stderr).toContain("Best first: tests passed > not run > failed; ");
  expect(stderr).toContain("small before big: its change is smaller, 1 lines to 6.\n");
  write("small", "new.txt", "1\n2\n");
  const stale = await box.fleet(["compare", "small", "big"], at);
  expect(stale.stdout).toMatch(/^1 {2}big\* +passed .*\n2 {2}small\* +passed \(stale\) /m);
  const scored = await box.fleet(["compare", "small", "big", "--json", "--score", "grep -c . new.txt"], at);
  expect(JSON.parse(scored.stdout)).toMatchObject({
    version: 1,
    agents: [
      {
        branch: "big",
        score: 5,
        target: "main",
        files: [
          { path: "new.txt", added: 5 },
          { path: "picture", added: null },
        ],
      },
      { branch: "small", score: 2, unsaved: 1, test: { outcome: "passed", stale: true } },
    ],
    failures: [],
  });
  await box.fleet(["compare", "small", "big", "--files"], at).expect({
    stdout: ["FILE        big  small", "new.txt   +5 -0  +2 -0", "picture  binary", ""].join("\n"),
  });
  rmSync(agentOn(box, "clash").worktree, { recursive: true });
  await box
    .fleet(["compare", "clash"], at)
    .expect({ code: 1, stdout: /^ +BRANCH/, stderr: /! clash: its worktree is gone/ });
});
