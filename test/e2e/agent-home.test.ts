import { expect, test } from "bun:test";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { playedCodex } from "./played-codex.ts";

/** The shells from which an agent may be looked at that was made in one with CODEX_HOME. */
const lookers = [
  { where: "a shell without the variable", env: {} },
  { where: "a shell with another value", env: { CODEX_HOME: "/nowhere/at/all" } },
  { where: "a shell of another user's home", env: { HOME: "/nowhere" } },
];

for (const { where, env } of lookers) {
  test(`from ${where} an agent is seen as from that in which it was made`, async () => {
    await using box = await playedCodex();
    const { path } = await box.repository();
    const home = join(box.root, "codex-home");
    const there = { cwd: path, env: { AI_FLEET_HOME: join(box.root, "fleet"), CODEX_HOME: home } };
    const here = { cwd: path, env: { AI_FLEET_HOME: join(box.root, "fleet"), ...env } };
    for (const branch of ["one", "two"]) await box.fleet(["create", branch, "-p", "say hello"], there);
    await box.fleet(["wait", "one", "two", "--timeout", "20s"], here).expect({ stdout: /one +idle[\s\S]*two +idle/ });
    await box.fleet(["logs", "--transcript", "one"], here).expect({ stdout: "> say hello\n\nDone.\n" });
    await box.fleet(["prompt", "one", "go on"], here).expect({ stdout: /submitted/ });
    await box.fleet(["prompt", "two", "please fail"], here).expect({ stdout: /submitted/ });
    const hasError = async () => (await box.fleet(["list", "two"], here)).stdout.includes("quota used up");
    await eventually(hasError, { what: "the error" });
    await box.fleet(["wait", "two", "--timeout", "20s"], here).expect({ code: 1, stdout: /two +error/ });
    expect(modes(box)).toEqual([0o600, 0o600]);
  });
}

test("an agent that is brought back from a shell without the variable goes on with its own conversation, in its own home", async () => {
  await using box = await playedCodex();
  const { path } = await box.repository();
  const home = join(box.root, "codex-home");
  await box.fleet(["create", "one", "--wait", "-p", "say hello"], { cwd: path, env: { CODEX_HOME: home } });
  await box.fleet(["stop", "one"], { cwd: path });
  await box.fleet(["resume", "one", "-p", "go on"], { cwd: path }).expect({ stdout: /with its conversation/ });
  await box.fleet(["wait", "one", "--timeout", "20s"], { cwd: path }).expect({ stdout: /one +idle/ });
  await box
    .fleet(["logs", "--transcript", "one", "-n", "3"], { cwd: path, env: { CODEX_HOME: "/nowhere" } })
    .expect({ stdout: "> go on\n\nDone.\n" });
  expect(readdirSync(join(home, "sessions")).length).toBe(1);
  expect(readdirSync(box.home)).not.toContain(".codex");
});

function modes(box: Sandbox): number[] {
  const homes = new Bun.Glob("agents/*/home.json").scanSync(join(box.root, "fleet"));
  return [...homes].map((file) => statSync(join(box.root, "fleet", file)).mode & 0o777);
}
