import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentFile, demoSandbox, textOf, untilDemo } from "./agents.ts";

const note = `[notify]\ncommand = 'echo "$AI_FLEET_BRANCH $AI_FLEET_STATUS" >>~/"news of today"'\n`;

function news(box: Sandbox): string[] {
  return textOf(join(box.home, "news of today")).split("\n").filter(Boolean);
}

async function untilNews(box: Sandbox, ...expected: readonly string[]): Promise<void> {
  await eventually(() => news(box).length >= expected.length, { what: `the news ${expected.join(", ")}` });
  expect(news(box)).toEqual([...expected]);
}

test("the user's command is run when an agent waits, is done and has ended, but not when he ends it", async () => {
  await using box = await demoSandbox(note);
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "ask ready?"], at);
  await untilNews(box, "fix waiting");
  await box.fleet(["answer", "fix", "yes"], at);
  await untilNews(box, "fix waiting", "fix idle");
  await box.fleet(["stop", "fix"], at);
  await box.fleet(["resume", "fix", "-p", "fail 3"], at);
  await untilNews(box, "fix waiting", "fix idle", "fix exited");
  await box.fleet(["kill", "fix"], at);
  expect(news(box)).toHaveLength(3);
});

test("only the states that were chosen are worth it, and a command that fails or hangs holds nobody up", async () => {
  await using box = await demoSandbox(
    `[notify]\ncommand = 'echo "$AI_FLEET_STATUS" >>~/"news of today"; echo no >&2; sleep 1000'\non = ["idle"]\n`,
  );
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "ask ready?"], at);
  await untilDemo(box, "fix", "waiting", 1);
  await box.fleet(["answer", "fix", "yes"], at);
  await untilNews(box, "idle");
  expect(agentFile(box, "fix", "notify.log")).toEndWith("no\n");
  await box.fleet(["prompt", "fix", "--wait", "next"], at).expect({ code: 0, stdout: /./, stderr: "" });
  await box.fleet(["kill", "fix"], at);
});

test("agents that were made without a command to run get none, and one that was taken away is gone with the next start", async () => {
  await using box = await demoSandbox(note);
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "one"], at);
  await untilNews(box, "fix idle");
  await box.fleet(["stop", "fix"], at);
  const config = join(box.home, ".ai_fleet/config.toml");
  await Bun.write(config, readFileSync(config, "utf8").replace(note, ""));
  await box.fleet(["resume", "fix", "-p", "two"], at);
  await untilDemo(box, "fix", "idle", 2);
  expect(news(box)).toEqual(["fix idle"]);
});
