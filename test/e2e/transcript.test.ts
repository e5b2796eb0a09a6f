import { expect, test } from "bun:test";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox } from "./agents.ts";
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
  await box.fleet(["logs", "--screen", "-t", "one"], at).expect({ code: 2, stderr: /exclude each other/ });
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
