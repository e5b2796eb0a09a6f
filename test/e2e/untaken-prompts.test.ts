import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { demoSandbox, receivedBy, untilDemo } from "./agents.ts";

/** What was said of prompts that an agent had not taken: the words, and the files in the lines that send them. */
function untakenIn(stderr: string): { readonly words: string; readonly line: string; readonly file: string }[] {
  const said = /it had not taken a prompt: "(?<words>[^"]*)"; to send it, run (?<line>.*--file (?<file>\S+))/g;
  return [...stderr.matchAll(said)].map(({ groups: { words = "", line = "", file = "" } = {} }) => ({
    words,
    line: line.replace(file, "FILE"),
    file,
  }));
}

const stopped = { stdout: "  fix  stopped\n" };
const first = "queued first\n\n  in two paragraphs";
const words = ["queued first in two paragraphs", "queued second"];

test("a prompt that waited behind a turn is named by kill, restore and resume until it is sent", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 600"], at);
  await untilDemo(box, "fix", "working", 1);
  for (const prompt of [first, "queued second"]) {
    await box.fleet(["prompt", "fix", prompt], at).expect({ stdout: /queued/ });
  }
  const killed = untakenIn((await box.fleet(["kill", "fix"], at)).stderr);
  expect(killed.map((each) => each.words)).toEqual(words);
  expect(new Set(killed.map(({ line }) => line))).toEqual(
    new Set(["fleet restore fix, then fleet prompt fix --file FILE"]),
  );
  const resting = untakenIn((await box.fleet(["restore", "fix", "--no-resume"], at)).stderr);
  expect(resting[0]).toMatchObject({ words: words[0], line: "fleet resume fix, then fleet prompt fix --file FILE" });
  const resumed = untakenIn((await box.fleet(["resume", "fix"], at)).stderr);
  expect(resumed.map((each) => each.words)).toEqual(words);
  expect(readFileSync(resumed[0]?.file ?? "", "utf8")).toBe(first);
  await untilDemo(box, "fix", "idle", 1);
  for (const { file, line } of resumed) {
    expect(line).toBe("fleet prompt fix --file FILE");
    await box.fleet(["prompt", "fix", "--wait", "--file", file], at).expect({ stdout: /I noted that/ });
  }
  expect(receivedBy(box, "fix").slice(-2)).toEqual([first, "queued second"]);
  for (const command of ["stop", "resume"]) {
    const { code, stderr } = await box.fleet([command, "fix"], at);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  }
});

test("prompts that were taken, or dropped by an interrupt, are not named, and one that comes back with resume is sent", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 600"], at);
  await untilDemo(box, "fix", "working", 1);
  await box.fleet(["prompt", "fix", "dropped"], at).expect({ stdout: /queued/ });
  await box.fleet(["interrupt", "fix"], at).expect({ stdout: /interrupted/ });
  await box.fleet(["prompt", "fix", "--wait", "taken"], at).expect({ stdout: /I noted that/ });
  await box.fleet(["stop", "fix"], at).expect(stopped);

  await box.fleet(["resume", "fix", "-p", "work 600"], at).expect({ stdout: /resumed/ });
  await untilDemo(box, "fix", "working", 1);
  await box.fleet(["prompt", "fix", "not yet"], at).expect({ stdout: /queued/ });
  const [untaken] = untakenIn((await box.fleet(["stop", "fix"], at)).stderr);
  expect(untaken).toMatchObject({ words: "not yet", line: "fleet resume fix, then fleet prompt fix --file FILE" });
  await box.fleet(["resume", "fix", "-p", "-"], { ...at, input: readFileSync(untaken?.file ?? "", "utf8") }).expect({
    stdout: "  fix  resumed  started anew\n",
  });
  await box.fleet(["stop", "fix"], at).expect(stopped);
});

test("a prompt that was handed over and never taken is named when the agent ended by itself", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 600"], at);
  await untilDemo(box, "fix", "working", 1);
  await box.fleet(["prompt", "fix", "waits"], at).expect({ stdout: /queued/ });
  await box.tmux.run(["kill-session", "-t", "=ai_fix"]);
  const resumed = untakenIn((await box.fleet(["resume", "fix"], at)).stderr);
  expect(resumed).toMatchObject([{ words: "waits", line: "fleet prompt fix --file FILE" }]);
});

/** Plays a Codex that shows its input box, and takes what it was started with only when there is a file `go`. */
const late = `#!/bin/sh
for prompt; do :; done
printf '\\033]2;ready\\007'
until [ -e "$HOME/go" ]; do sleep 0.1; done
day=$HOME/.codex/sessions/$(date -u +%Y/%m/%d)
mkdir -p "$day"
row() { printf '{"timestamp":"%s.999Z","type":"%s","payload":%s}\\n' "$(date -u +%Y-%m-%dT%H:%M:%S)" "$1" "$2"; }
said() { row event_msg '{"type":"item_completed","item":{"type":"'"$1"'","content":[{"text":"'"$2"'"}]}}'; }
{
  row session_meta '{"id":"thread","cwd":"'"$PWD"'"}'
  said UserMessage "$prompt"
  said AgentMessage Done.
  row event_msg '{"type":"task_complete","last_agent_message":"Done."}'
} >"$day/rollout-$(date -u +%Y-%m-%dT%H-%M-%S)-$$.jsonl"
cat
`;

test("an agent that shows its input box is starting until it takes its first prompt, which is named if it never does", async () => {
  await using box = await sandbox();
  box.executable("codex", late);
  const { path } = await box.repository();
  const at = { cwd: path };
  const statusOf = async () => (await box.fleet(["list", "fix", "--json"], at)).stdout.match(/"status": ?"(\w+)"/)?.[1];
  await box.fleet(["create", "fix", "--agent", "codex", "-p", "my first words"], at);
  const title = () => box.tmux.run(["display-message", "-p", "-t", "=ai_fix:", "#{pane_title}"]);
  await eventually(async () => (await title()).trim() === "ready", { what: "its input box to be shown" });
  expect(await statusOf()).toBe("starting");
  await box.fleet(["prompt", "fix", "too early"], at).expect({ code: 1, stdout: /is not ready yet: starting/ });

  const [left] = untakenIn((await box.fleet(["stop", "fix"], at)).stderr);
  expect(left).toMatchObject({
    words: "my first words",
    line: "fleet resume fix, then fleet prompt fix --file FILE",
  });
  const [resumed] = untakenIn((await box.fleet(["resume", "fix"], at)).stderr);
  expect(resumed).toMatchObject({ words: "my first words", line: "fleet prompt fix --file FILE" });
  expect(readFileSync(resumed?.file ?? "", "utf8")).toBe("my first words");
  await box.fleet(["stop", "fix"], at);

  const resumedWith = ["resume", "fix", "-p", "my first words"];
  await box.fleet(resumedWith, at).expect({ stdout: "  fix  resumed  started anew\n" });
  writeFileSync(join(box.home, "go"), "");
  await box.fleet(["wait", "fix"], at).expect({ stdout: "  fix  idle\n" });
  expect(await statusOf()).toBe("idle");
  await box.fleet(["stop", "fix"], at).expect(stopped);
});
