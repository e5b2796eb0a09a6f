import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { demoSandbox } from "./agents.ts";

test("AI_FLEET_TRACE tells every program that is run, in a private file, and nothing of prompts", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  const file = join(box.home, "trace.txt");
  const env = { AI_FLEET_TRACE: file };
  await box.fleet(["create", "fix", "-p", "a secret thing"], { cwd, env });
  await box.fleet(["prompt", "fix", "hush"], { cwd, env });
  const trace = readFileSync(file, "utf8");
  expect(trace).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z {2}[\d.]+ ms {2}exit 0 {2}\S*git (?:-c \S+ )*worktree add /m);
  expect(trace).toMatch(/exit 0 {2}\S*tmux .*new-session/);
  expect(trace).not.toMatch(/secret|hush/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("AI_FLEET_TRACE=1 tells it on standard error, and without it nothing is told", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "fix"], { cwd });
  const { stderr, stdout } = await box.fleet(["list", "--json"], { cwd, env: { AI_FLEET_TRACE: "1" } });
  expect(stderr).toMatch(/ms {2}exit 0 {2}\S*tmux /);
  expect(JSON.parse(stdout)).toMatchObject({ version: 1, agents: [{ branch: "fix" }] });
  await box.fleet(["list", "--json"], { cwd }).expect({ stdout: /./ });
});

test("--trace does the same, before and behind the name of a command", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "fix"], { cwd });
  for (const words of [
    ["--trace", "list"],
    ["list", "--trace"],
  ]) {
    const { stderr, code } = await box.fleet(words, { cwd });
    expect({ code, traced: /ms {2}exit 0 {2}\S*tmux /.test(stderr) }).toEqual({ code: 0, traced: true });
  }
});
