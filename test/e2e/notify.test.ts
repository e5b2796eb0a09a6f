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

test("what is ready made needs no more than its name: the desktop, the bell, and an address of Slack, which nobody sees", async () => {
  await using box = await demoSandbox('[notify]\ncommand = "desktop"\non = ["idle"]\n');
  const { path } = await box.repository();
  const at = { cwd: path };
  box.executable("notify-send", '#!/bin/sh\nprintf "%s|" "$@" >>"$HOME/news of today"\n');
  await box.fleet(["create", "fix", "-p", "one"], at);
  await untilNews(box, "fleet|fix is idle|");
  const config = join(box.home, ".ai_fleet/config.toml");
  box.executable("curl", '#!/bin/sh\n{ printf "%s|" "$@"; cat; } >"$HOME/news of today"\n');
  await Bun.write(config, '[notify]\ncommand = "https://hooks.example/a/secret"\non = ["idle"]\n');
  const branch = 'say-"hi"';
  await box.fleet(["create", branch, "-p", "two"], at);
  await eventually(() => textOf(join(box.home, "news of today")).includes("url"), { what: "the message" });
  const [line = "", url] = textOf(join(box.home, "news of today")).split("--config|-|");
  expect([line.includes("secret"), url]).toEqual([false, 'url = "https://hooks.example/a/secret"\n']);
  expect(JSON.parse(line.split("--data-binary|")[1]?.slice(0, -1) ?? "")).toEqual({ text: `${branch} is idle` });
  await Bun.write(config, '[notify]\ncommand = "bell"\non = ["idle"]\n');
  await box.fleet(["create", "bells", "-p", "three"], at);
  const rang = () => box.tmux.run(["display-message", "-p", "-t", "=ai_bells:", "#{window_bell_flag}"]);
  await eventually(async () => (await rang()).trim() === "1", { what: "the bell" });
});
