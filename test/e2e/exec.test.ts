import { expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hostilePrompts } from "../helpers/text.ts";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox, sorted } from "./agents.ts";

test("exec hands over the words exactly, in the worktree, without a shell and without input", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix"], at);
  const prompts = hostilePrompts.map(({ text }) => text).filter((text) => text.length < 10_000);
  const words = ["--json", "--help", "--", "-h", "$(touch pwned)", "*", "", "a  b", ...prompts];
  await box.fleet(["exec", "fix", "--", "printf", "<%s>", ...words], at).expect({
    stdout: `${words.map((word) => `<${word}>`).join("")}\n`,
  });
  await box
    .fleet(["exec", "fix", "--", "sh", "-c", 'pwd; printf "%s\\n" "$PWD" "$AI_FLEET_BRANCH" "$AI_FLEET_REPO"; cat'], at)
    .expect({
      stdout:
        "[ROOT]/home/.ai_fleet/worktrees/fix\n[ROOT]/home/.ai_fleet/worktrees/fix\nfix\n[ROOT]/home/code/project\n",
    });
  const git = { ...at, env: { GIT_DIR: "/nowhere", GIT_INDEX_FILE: "/nowhere" } };
  await box.fleet(["exec", "fix", "--", "git", "rev-parse", "--show-toplevel"], git).expect({
    stdout: "[ROOT]/home/.ai_fleet/worktrees/fix\n",
  });
});

test("exec says which agent's command ended how", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["multi", "a:one", "long-name:two"], at);
  const code = 'case $AI_FLEET_BRANCH in a) echo out; echo err >&2; exit 0 ;; *) printf "no end"; exit 7 ;; esac';
  const { stdout, stderr } = await box.fleet(["exec", "--all", "--", "sh", "-c", code], at);
  expect(sorted(stdout)).toEqual(["a         | out", "long-name | no end"]);
  expect(sorted(stderr)).toEqual(["1 of 2 ended with 0.", "a         | err", "long-name: exit code 7"]);
  await box.fleet(["exec", "*", "--", "true"], at).expect({ stderr: "2 of 2 ended with 0.\n" });
  await box.fleet(["exec", "a", "--", "sh", "-c", "exit 7"], at).expect({ code: 1, stderr: "a: exit code 7\n" });
  await box.fleet(["exec", "a", "--", "sh", "-c", "kill -9 $$"], at).expect({ code: 1, stderr: "a: exit code 137\n" });
  await box.fleet(["exec", "a", "--", "no-such-program"], at).expect({ code: 1, stderr: /^a: .*no-such-program/ });
  await box.fleet(["exec", "a"], at).expect({ code: 2, stderr: /^✗ .*\n/ });
  await box
    .fleet(["exec", "nobody", "--", "true"], at)
    .expect({ code: 1, stderr: /^✗ nobody names no agent and no batch\n/ });
  const json = await box.fleet(["exec", "--all", "--json", "--", "sh", "-c", code], at);
  expect(JSON.parse(json.stdout)).toMatchObject({
    version: 1,
    agents: [
      { branch: "a", exit_code: 0 },
      { branch: "long-name", exit_code: 7, lines: ["no end"] },
    ],
    failures: [{ branch: "long-name", kind: "failed", message: "exit code 7" }],
  });
});

test("exec works for stopped agents and says whose worktree is gone", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["multi", "a:one", "b:two"], at);
  await box.fleet(["stop", "a", "b"], at);
  writeFileSync(join(agentOn(box, "a").worktree, "new"), "");
  rmSync(agentOn(box, "b").worktree, { recursive: true });
  await box.fleet(["exec", "a", "b", "--", "ls", "new"], at).expect({
    code: 1,
    stdout: "a | new\n",
    stderr: "b: its worktree is gone: [ROOT]/home/.ai_fleet/worktrees/b\n1 of 2 ended with 0.\n",
  });
});

test("Ctrl-C ends what exec has started", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path });
  const program = box.start(["exec", "fix", "--", "sh", "-c", "echo begun; exec sleep 100"], { cwd: path });
  await eventually(() => program.stdout.includes("begun"), { what: "the command to run" });
  program.signalGroup("SIGINT");
  await program.ended().expect({ code: 130, stdout: "begun\n", stderr: "✗ interrupted\n" });
  await eventually(async () => (await box.processes()).every(({ command }) => command !== "sleep 100"), {
    what: "the command to end",
  });
});
