import { expect, test } from "bun:test";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, untilDemo } from "./agents.ts";
import { playedCodex } from "./played-codex.ts";

test("what an agent said is its log, while it lives, when it has ended and after a kill; its screen is there for who asks", async () => {
  await using box = await playedCodex();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "one", "--wait", "-p", "say something"], at);
  const said = "> say something\n\nDone.\n";
  await box.fleet(["logs", "one"], at).expect({ stdout: said });
  await box.fleet(["logs", "one", "-n", "2"], at).expect({ stdout: "\nDone.\n" });
  await box.fleet(["prompt", "one", "please fail"], at);
  const hasError = async () => (await box.fleet(["list", "one"], at)).stdout.includes("quota used up");
  await eventually(hasError, { what: "the error" });
  const all = `${said}\n> please fail\n\n! You have hit your usage limit.\n`;
  await box.fleet(["logs", "--transcript", "one"], at).expect({ stdout: all });
  const screen = await box.fleet(["logs", "--screen", "one"], at);
  expect([screen.code, screen.stdout.includes("> say something\n\nDone.")]).toEqual([0, false]);
  await box.fleet(["logs", "--screen", "-t", "one"], at).expect({ code: 2, stderr: /cannot be combined/ });
  await box.fleet(["stop", "one"], at);
  await box.fleet(["logs", "one"], at).expect({ stdout: all });
  await box.fleet(["kill", "one"], at);
  await box.fleet(["logs", "one"], at).expect({ stdout: all });
  const { stdout } = await box.fleet(["logs", "one", "--json"], at);
  expect(JSON.parse(stdout)).toMatchObject({
    agents: [
      {
        conversation: [
          { by: "user", text: "say something" },
          { by: "agent", text: "Done." },
          { by: "user", text: "please fail" },
          { by: "error", text: "You have hit your usage limit." },
        ],
      },
    ],
  });
});

test("an agent that keeps no transcript says so when it is asked for", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "one", "-p", "note"], { cwd: path });
  await box.fleet(["logs", "--transcript", "one"], { cwd: path }).expect({
    code: 1,
    stderr: /demo keeps no transcript that can be read\n.*fleet logs one/,
  });
});

test("what does not fit on a terminal is shown in the pager, from its end; elsewhere it never is", async () => {
  await using box = await demoSandbox();
  const { path: cwd } = await box.repository();
  await box.fleet(["create", "fix", "-p", "one"], { cwd });
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["prompt", "fix", "two"], { cwd });
  await untilDemo(box, "fix", "idle", 2);
  box.executable("my-pager", '#!/bin/sh\necho "LESS is $LESS"\nexec tail -n "$1"\n');
  const env = { PAGER: "my-pager 2" };
  const small = await box.terminal(["fleet", "logs", "fix"], { cwd, env, rows: 4 });
  expect(await small.waitFor("committed")).toMatch(/^LESS is -RX \+G\n> two\nI noted that/);
  const large = await box.terminal(["fleet", "logs", "fix"], { cwd, env, rows: 24 });
  expect(await large.waitFor(/> two\n.*committed/)).toMatch(/^demo agent/);
  const missing = await box.terminal(["fleet", "logs", "fix"], { cwd, env: { PAGER: "no-such-pager" }, rows: 4 });
  await missing.waitFor(/> two\n.*committed/);
  await box.fleet(["logs", "fix"], { cwd, env }).expect({ stdout: /^demo agent.*\n> one\n.*\ntwo\n> two\n.*\n$/ });
});
