import { expect, test } from "bun:test";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import { eventually } from "../helpers/wait.ts";
import { agentFile, agentOn, demoSandbox, ended, receivedBy, untilDemo } from "./agents.ts";

const anew = (branch: string) => ({ stdout: `  ${branch}  resumed  started anew\n` });

test("a stopped agent is resumed in its worktree, on a prompt if one is given, and not while it lives", async () => {
  await using box = await demoSandbox('setup_commands = ["echo setup >>~/setups"]\n');
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  const { worktree, id } = agentOn(box, "fix");
  writeFileSync(join(worktree, "new"), "new\n");
  await box.fleet(["resume", "fix"], at).expect({
    code: 1,
    stderr:
      "✗ fix still runs: idle\n  to send it a prompt, run fleet prompt fix TEXT; to end it first, run fleet stop fix\n",
  });
  await box.fleet(["stop", "fix"], at).expect({ stdout: "  fix  stopped\n" });
  await box
    .fleet(["list", "fix"], at)
    .expect({ stdout: /\n {2}fix {2}stopped {2}\[TIME\] {2}by you {2}demo/, stderr: /./ });
  await box.fleet(["resume", "fix"], at).expect(anew("fix"));
  await untilDemo(box, "fix", "idle");
  expect(receivedBy(box, "fix")).toEqual(["task"]);
  await box.fleet(["stop", "fix"], at).expect({ stdout: "  fix  stopped\n" });
  await box.fleet(["resume", "fix", "-p", "-n is a\nprompt "], at).expect(anew("fix"));
  await untilDemo(box, "fix", "idle", 2);
  expect(receivedBy(box, "fix")).toEqual(["task", "-n is a\nprompt "]);
  expect(agentOn(box, "fix")).toMatchObject({ worktree, id, session: "ai_fix" });
  expect(readFileSync(join(worktree, "new"), "utf8")).toBe("new\n");
  expect(readFileSync(join(box.home, "setups"), "utf8")).toBe("setup\n");
});

test("an agent that ended by itself is resumed, and its pane makes room", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "fail 3"], at);
  await eventually(() => agentFile(box, "fix", "exit"), { what: "the agent to end" });
  await box.fleet(["resume", "fix", "--prompt", "again"], at).expect(anew("fix"));
  await untilDemo(box, "fix", "idle", 2);
  expect(await box.tmux.panes()).toMatchObject([{ session: "ai_fix", dead: false }]);
  await box.fleet(["list", "-q", "--status", "idle"], at).expect({ stdout: "fix\n" });
});

test("an agent comes back in its own tmux server while that runs, else in the configured one", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const elsewhere = { ...at, env: { AI_FLEET_TMUX_SOCKET: join(box.root, "tmux/other") } };
  await box.fleet(["multi", "a:one", "b:two"], at);
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle", 1);
  const { socket } = agentOn(box, "a");
  await box.fleet(["stop", "a"], at);
  await box.fleet(["resume", "a"], elsewhere).expect(anew("a"));
  expect(agentOn(box, "a").socket).toBe(socket);
  await box.fleet(["stop", "a", "b"], at);
  await box.tmux.kill();
  await box.fleet(["resume", "a"], elsewhere).expect(anew("a"));
  expect(agentOn(box, "a").socket).toBe(elsewhere.env.AI_FLEET_TMUX_SOCKET);
  await box.fleet(["list", "-q", "--status", "idle"], at).expect({ stdout: "a\n" });
  await box.fleet(["kill", "a", "b"], at).expect({ stdout: /a {2}ended/, stderr: /2 of 2 ended/ });
});

test("after a reboot all agents come back at once", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["multi", "a:one", "b:two"], at);
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle", 1);
  await box.tmux.kill();
  await eventually(async () => (await box.processes()).length === 0, { what: "the agents to end" });
  await box.fleet(["list"], at).expect({
    stdout: /^ {2}BRANCH.*\n {2}a {2}stopped {2}its tmux session is gone .*\n {2}b {2}stopped .*\n$/,
    stderr: "2 agents\n",
  });
  await box
    .fleet(["resume", "--all"], at)
    .expect({ stdout: "  a  resumed  started anew\n  b  resumed  started anew\n" });
  for (const branch of ["a", "b"]) await untilDemo(box, branch, "idle");
  await box.fleet(["stop", "a"], at).expect({ stdout: "  a  stopped\n" });
  await box.fleet(["resume", "*"], at).expect({
    code: 1,
    stdout: /^ {2}a {2}resumed {2}started anew\n {2}b {2}failed {3}b still runs: idle .*\n$/,
  });
});

test("an agent whose setup failed runs it again, and starts when it succeeds", async () => {
  await using box = await demoSandbox('setup_commands = ["echo first", "test -e ~/ready"]\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "task"], at).expect({ code: 1, stderr: /✗ fix: a setup command failed/ });
  await box.fleet(["resume", "fix"], at).expect({ code: 1, stderr: /✗ fix: a setup command failed with exit code 1/ });
  writeFileSync(join(box.home, "ready"), "");
  await box.fleet(["resume", "fix", "-p", "task"], at).expect({
    ...anew("fix"),
    stderr: "  setup   echo first  [TIME]\n  setup   test -e ~/ready  [TIME]\n",
  });
  await untilDemo(box, "fix", "idle", 1);
  expect(agentFile(box, "fix", "setup.log")).toBe("$ echo first\nfirst\n$ test -e ~/ready\n");
});

test("an agent without a worktree is not resumed, and kill clears what is left of it", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["stop", "fix"], at).expect({ stdout: "  fix  stopped\n" });
  rmSync(agentOn(box, "fix").worktree, { recursive: true });
  await box.fleet(["resume", "fix"], at).expect({
    code: 1,
    stderr:
      "✗ the worktree of fix is gone: [ROOT]/home/.ai_fleet/worktrees/fix\n  to clean up after it, run fleet kill fix\n",
  });
  await box
    .fleet(["kill", "fix"], at)
    .expect({ code: 1, stdout: /kept {2}its worktree is not at /, stderr: /^0 of 1/ });
  await project.git("worktree", "prune");
  const gone = "branch kept  its worktree was gone, so nothing of it could be saved";
  await box.fleet(["kill", "fix"], at).expect(ended("fix", gone));
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("a session of somebody else that has taken the agent's name is left alone", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix"], at);
  await box.fleet(["stop", "fix"], at);
  await box.tmux.run(["new-session", "-d", "-s", "ai_fix", "sleep", "100"]);
  await box.fleet(["resume", "fix"], at).expect({
    code: 1,
    stderr: [
      "✗ there is a tmux session called ai_fix that is not of this agent\n",
      "  to rename it, run tmux rename-session -t ai_fix NEW-NAME\n",
    ].join(""),
  });
  await box.tmux.run(["rename-session", "-t", "ai_fix", "mine"]);
  await box.fleet(["resume", "fix"], at).expect(anew("fix"));
  expect((await box.tmux.sessions()).map(({ name }) => name).sort()).toEqual(["ai_fix", "mine"]);
});

test("an attempt that failed half-way leaves the agent to be resumed, and its first prompt is not given again", async () => {
  await using box = await demoSandbox('setup_commands = ["echo setup >>~/setups"]\n');
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["stop", "fix"], at);
  const tmux = Bun.which("tmux");
  box.executable(
    "tmux",
    `#!/bin/sh\ncase $* in *new-session*) echo out of order >&2; exit 1 ;; esac\nexec ${tmux} "$@"\n`,
  );
  await box.fleet(["resume", "fix"], at).expect({
    code: 1,
    stderr: [
      "✗ tmux exited with 1 (socket [ROOT]/tmux/tmux-[UID]/[SOCKET])\n  │ out of order\n",
      "  to check tmux and its server, run fleet doctor\n",
    ].join(""),
  });
  box.executable("tmux", `#!/bin/sh\nexec ${tmux} "$@"\n`);
  await box.fleet(["resume", "fix"], at).expect(anew("fix"));
  await untilDemo(box, "fix", "idle");
  expect(receivedBy(box, "fix")).toEqual(["task"]);
  expect(readFileSync(join(box.home, "setups"), "utf8")).toBe("setup\n");
});

test("of several that resume one agent at the same time, one does, and the others say that it runs", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["stop", "fix"], at);
  const results = await Promise.all([1, 2, 3].map(() => box.fleet(["resume", "fix"], at)));
  expect(results.map(({ code }) => code).sort()).toEqual([0, 1, 1]);
  for (const { code, stderr } of results) if (code === 1) expect(stderr).toMatch(/✗ fix still runs: \w+\n/);
  await untilDemo(box, "fix", "idle");
  expect(await box.tmux.sessions()).toHaveLength(1);
});

test("another agent takes over with --fresh, and only with it", async () => {
  await using box = await demoSandbox('[agents.mine]\ncommand = "mine"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  box.executable("mine", '#!/bin/sh\nprintf "mine: %s\\n" "$1"\nread -r line\n');
  await box.fleet(["create", "fix", "-p", "task"], at);
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["stop", "fix"], at);
  await box.fleet(["resume", "fix", "--agent", "mine"], at).expect({
    code: 2,
    stderr: "✗ --agent only works with --fresh\n  see fleet resume --help\n",
  });
  await box.fleet(["resume", "fix", "--fresh", "--agent", "typo"], at).expect({
    code: 2,
    stderr: /^✗ there is no agent called typo; known are /,
  });
  await box.fleet(["resume", "fix", "--fresh", "--agent", "mine", "-p", "go on"], at).expect({
    stdout: "  fix  resumed  started anew by mine\n",
  });
  expect(agentOn(box, "fix").agent).toBe("mine");
  await eventually(async () => (await box.fleet(["logs", "fix"], at)).stdout.includes("mine: go on"), {
    what: "the other agent to have the prompt",
  });
  rmSync(join(box.home, ".ai_fleet/state.json"));
  await box.fleet(["list", "--repair"], at);
  expect(agentOn(box, "fix").agent).toBe("mine");
  await box.fleet(["kill", "fix"], at).expect(ended("fix", "branch kept  1 commit of its own"));
});

test("an agent that was stopped in the middle of a turn says so when it comes back", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix", "-p", "work 60"], at);
  await untilDemo(box, "fix", "working", 1);
  await box.fleet(["stop", "fix"], at);
  await box.fleet(["resume", "fix"], at).expect({
    stdout: '  fix  resumed  started anew; its last turn was cut off  fleet prompt fix "go on"\n',
  });
  await box.fleet(["prompt", "fix", "--wait", "note"], at).expect({ stdout: /I noted that/ });
  await box.fleet(["stop", "fix"], at);
  await box.fleet(["resume", "fix"], at).expect(anew("fix"));
});

test("a bare shell that was left under its name makes room, one that runs something does not", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const at = { cwd: path };
  await box.fleet(["create", "fix"], at);
  const { worktree } = agentOn(box, "fix");
  await box.tmux.kill();
  await eventually(async () => (await box.processes()).length === 0, { what: "the agent to end" });
  const shellThatRuns = (command: string) =>
    box.tmux.run(["new-session", "-d", "-s", "ai_fix", "-c", worktree, command]);
  await shellThatRuns("sh -c 'sleep 60; true'");
  await eventually(async () => (await box.processes()).some(({ command }) => command === "sleep 60"), {
    what: "the shell to run something",
  });
  await box.fleet(["resume", "fix"], at).expect({
    code: 1,
    stderr: [
      "✗ there is a tmux session called ai_fix that is not of this agent\n",
      "  to rename it, run tmux rename-session -t ai_fix NEW-NAME\n",
    ].join(""),
  });
  await box.tmux.kill();
  await shellThatRuns("exec sh");
  await box.fleet(["resume", "fix"], at).expect(anew("fix"));
  await untilDemo(box, "fix", "idle");
});
