import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expectNothingLeft } from "../helpers/audit.ts";
import type { Sandbox } from "../helpers/sandbox.ts";
import { eventually } from "../helpers/wait.ts";
import { agentDirectory, agentFile, agentOn, demoSandbox, ended, endedAll, registered, untilDemo } from "./agents.ts";

test("an agent that is not installed is refused, with how to get it and one that is here", async () => {
  await using box = await demoSandbox('[agents.mine]\ncommand = "my-agent"\n[agents.here]\ncommand = "sh"\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const here = "to use one that is here, add --agent demo or --agent here";
  await box.fleet(["create", "fix", "--agent", "claude"], at).expect({
    code: 3,
    stderr: [
      "✗ claude is not installed: there is no claude on the PATH\n",
      `  to get it: npm install -g @anthropic-ai/claude-code; ${here}\n`,
    ].join(""),
  });
  await box.fleet(["create", "fix", "--agent", "codecs"], at).expect({
    code: 3,
    stderr: [
      "✗ codex is not installed: there is no codex on the PATH\n",
      `  to get it: npm install -g @openai/codex; ${here}\n`,
    ].join(""),
  });
  await box.fleet(["create", "fix", "--agent", "mine"], at).expect({
    code: 3,
    stderr: [
      "✗ mine is not installed: there is no my-agent on the PATH\n",
      `  to get it: check command in [agents.mine] with fleet config edit; ${here}\n`,
    ].join(""),
  });
  await box.fleet(["create", "fix", "--agent", "nobody"], at).expect({
    code: 2,
    stderr: [
      "✗ there is no agent called nobody; known are claude, codex, gemini, opencode, qwen, copilot, demo, mine, here\n",
      "  to describe another one in a table [agents.NAME], run fleet config edit\n",
    ].join(""),
  });
  expect(await box.tmux.sessions()).toEqual([]);
  await expectNothingLeft(box, project);
});

test("claude is told of its flag for root, where it would end at once, and started by everybody else", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  box.executable(
    "claude",
    '#!/bin/sh\nprintf "%s\\n" "$@" >"$HOME/arguments.new"\nmv "$HOME/arguments.new" "$HOME/arguments"\nread -r _\n',
  );
  const started = {
    stdout: "fix\n",
    stderr: /^ {2}branch .*\n {2}agent {3}claude, never asks \(claude_flags\) .*\nfix is working\.\n/,
  };
  const refused = {
    code: 1,
    stderr: [
      "✗ claude refuses --dangerously-skip-permissions (claude_flags) when it runs as root\n",
      "  if this machine is a sandbox, say so with: export IS_SANDBOX=1\n",
    ].join(""),
  };
  const create = ["create", "fix", "--agent", "claude", "-p", "fix the login"];
  await box.fleet(create, at).expect(process.getuid?.() === 0 ? refused : started);
  if (process.getuid?.() === 0) {
    await expectNothingLeft(box, project);
    await box.fleet(create, { ...at, env: { IS_SANDBOX: "1" } }).expect(started);
  }
  const words = await eventually(() => readFileSync(join(box.home, "arguments"), "utf8"), { what: "claude to start" });
  expect(words).toMatch(
    /^--dangerously-skip-permissions\n--session-id\n[0-9a-f-]{36}\n--settings\n\{"skipDangerousModePermissionPrompt":true,"hooks":.+\}\n--\nfix the login\n$/,
  );
  const { stderr } = ended("fix");
  await box.fleet(["kill", "fix"], at).expect({
    ...ended("fix"),
    // Nothing here says that it took what it was started with.
    stderr: new RegExp(`^ {2}! fix: it had not taken a prompt: "fix the login"; to send it, run .*\\n${stderr}$`),
  });
});

const deaths = [
  { how: "ends at once", script: "#!/bin/sh\necho last words\nexit 3\n", reason: "code 3", log: /^last words\n/ },
  {
    how: "is killed by a signal",
    script: "#!/bin/sh\necho last words\nkill -KILL $$\n",
    reason: "code 137",
    log: /^last words\nKilled\n/,
  },
  { how: "cannot be run", script: "#!/nonexistent/interpreter\n", reason: "code 127", log: /not found\n/ },
];

for (const { how, script, reason, log } of deaths) {
  test(`an agent that ${how} stays to be looked at, and goes with kill`, async () => {
    await using box = await demoSandbox('[agents.mortal]\ncommand = "mortal"\n');
    const project = await box.repository();
    const at = { cwd: project.path };
    box.executable("mortal", script);
    await box.fleet(["create", "fix", "--agent", "mortal", "-p", "live"], at);
    await eventually(() => agentFile(box, "fix", "exit"), { what: "the end of the agent" });
    await box.fleet(["list", "--fresh"], at).expect({
      stdout: [
        "  BRANCH  STATUS  FOR  WHY  AGENT  CPU  MEM  AHEAD  CHANGES  AGE  TASK\n",
        `! fix  exited  [TIME]  ${reason}  mortal  -  -  -  -  [TIME]  live\n`,
      ].join(""),
      stderr: "1 agent, 1 needs you: fleet attach (next)\n",
    });
    await box.fleet(["logs", "fix"], at).expect({ stdout: log });
    await box.fleet(["prompt", "fix", "come back"], at).expect({
      code: 1,
      stdout: `  fix  refused  has ended: exited (${reason})  fleet logs fix\n`,
    });
    await box.fleet(["kill", "fix"], at).expect(ended("fix"));
    await expectNothingLeft(box, project);
  });
}

test("a setup command that fails keeps the agent for a look and does not start it", async () => {
  await using box = await demoSandbox(`setup_commands = ["sleep 0.2; echo one", "echo two; exit 4", "echo three"]\n`);
  const project = await box.repository();
  const at = { cwd: project.path };
  await box.fleet(["create", "fix", "-p", "go"], at).expect({
    code: 1,
    stderr: [
      "  branch  fix, new, from main@[SHA]\n",
      "  setup   sleep 0.2; echo one  [TIME]\n",
      "✗ fix: a setup command failed with exit code 4, so the agent was not started: echo two; exit 4\n",
      "  it is kept for a look: fleet logs fix; to remove it, run fleet kill fix\n",
    ].join(""),
  });
  await box.fleet(["list", "--fresh"], at).expect({
    stdout: [
      "  BRANCH  STATUS  FOR  WHY  AGENT  CPU  MEM  AHEAD  CHANGES  AGE  TASK\n",
      "! fix  failed  [TIME]  setup command 2 exited 4  demo  -  -  -  -  [TIME]  go\n",
    ].join(""),
    stderr: "1 agent, 1 needs you: fleet attach (next)\n",
  });
  await box.fleet(["logs", "fix"], at).expect({
    stdout:
      "$ sleep 0.2; echo one\none\n$ echo two; exit 4\ntwo\nsetup command 2 failed with exit code 4: echo two; exit 4\n",
  });
  await box.fleet(["prompt", "fix", "go on"], at).expect({
    code: 1,
    stdout: "  fix  refused  has ended: failed (setup command 2 exited 4)  fleet logs fix\n",
  });
  expect(agentFile(box, "fix", "received")).toBeUndefined();
  await box.fleet(["kill", "fix"], at).expect(ended("fix"));
  await expectNothingLeft(box, project);
});

test("setup commands run in order in the worktree before the agent, and --quick skips them", async () => {
  await using box = await demoSandbox(
    `setup_commands = ["sleep 0.2; pwd >>~/order", "sleep 0.2; echo second >>~/order"]\n`,
  );
  const { path } = await box.repository();
  await box.fleet(["create", "fix"], { cwd: path }).expect({
    stdout: "fix\n",
    stderr: [
      "  branch  fix, new, from main@[SHA]\n",
      "  setup   sleep 0.2; pwd >>~/order  [TIME]\n",
      "  setup   sleep 0.2; echo second >>~/order  [TIME]\n",
      "  agent   demo, never asks\n",
      "fix is ready for a prompt.\n",
      "  fleet attach fix     fleet logs -f fix     fleet kill fix\n",
    ].join(""),
  });
  expect(readFileSync(join(box.home, "order"), "utf8")).toBe(`${agentOn(box, "fix").worktree}\nsecond\n`);
  await box.fleet(["create", "quick", "--quick"], { cwd: path }).expect({ stdout: "quick\n", stderr: /^(?!.*setup)/s });
  expect(readFileSync(join(box.home, "order"), "utf8")).toBe(`${agentOn(box, "fix").worktree}\nsecond\n`);
});

test("a directory that is in the way of a worktree is left alone, and another name is taken", async () => {
  await using box = await demoSandbox();
  const { path } = await box.repository();
  const foreign = join(box.home, ".ai_fleet/worktrees/Fix");
  mkdirSync(foreign, { recursive: true });
  writeFileSync(join(foreign, "mine"), "mine\n");
  await box.fleet(["create", "fix"], { cwd: path }).expect({ stdout: "fix\n", stderr: /./ });
  expect(agentOn(box, "fix").worktree).toBe(join(box.home, ".ai_fleet/worktrees/fix@project"));
  await box.fleet(["kill", "fix"], { cwd: path }).expect(ended("fix"));
  expect(readFileSync(join(foreign, "mine"), "utf8")).toBe("mine\n");
});

test("a worktree that git cannot add leaves nothing, and git's words are shown", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const lock = join(project.path, ".git/refs/heads/fix.lock");
  writeFileSync(lock, "");
  await box.fleet(["create", "fix", "-p", "go"], { cwd: project.path }).expect({
    code: 1,
    stderr: /^✗ git worktree failed\n(?: {2}│ .*\n)* {2}│ fatal: .*refs\/heads\/fix.*\n/,
  });
  rmSync(lock);
  expect(await box.tmux.sessions()).toEqual([]);
  await expectNothingLeft(box, project);
});

/** A PATH that has fleet and the named tools, and nothing else. */
function pathWith(box: Sandbox, ...tools: string[]): string {
  const folder = join(box.root, `only-${tools.join("-")}`);
  mkdirSync(folder);
  symlinkSync(join(box.bin, "fleet"), join(folder, "fleet"));
  for (const tool of tools) symlinkSync(Bun.which(tool) ?? "", join(folder, tool));
  return folder;
}

test("without git or tmux nothing is made, and what is missing is named", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const run = (tools: string[], words: string[]) => {
    const PATH = pathWith(box, ...tools);
    return box.run([join(PATH, "fleet"), ...words], { cwd: project.path, env: { PATH } });
  };
  const missing = (tool: string) => ({
    code: 3,
    stderr: `✗ ${tool} is not installed\n  to see how to get it, run fleet doctor\n`,
  });
  await run(["git"], ["create", "fix"]).expect(missing("tmux"));
  await run(["tmux"], ["create", "fix"]).expect(missing("git"));
  await run(["sh"], ["create", "fix"]).expect(missing("git"));
  const { stdout } = await run([], ["doctor"]).expect({ code: 1, stdout: /./, stderr: "3 problems found.\n" });
  for (const tool of ["git", "tmux"]) {
    expect(stdout).toMatch(
      new RegExp(`^✗ +${tool} +not installed +install ${tool} with the package manager of your system$`, "m"),
    );
  }
  await expectNothingLeft(box, project);
});

/** Starts a `create` whose setup command does not end, and waits until that runs. */
async function createInSetup(box: Sandbox, cwd: string) {
  const program = box.start(["create", "fix", "-p", "go"], { cwd });
  const running = () => registered(box).length > 0 && agentFile(box, "fix", "phase") === "setup 1\n";
  await eventually(running, { what: "the setup command to run" });
  return program;
}

test("a fleet that is killed during create leaves what the next command completes, and says so", async () => {
  await using box = await demoSandbox('setup_commands = ["until [ -e ~/go ]; do sleep 0.02; done"]\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const program = await createInSetup(box, project.path);
  program.signal("SIGKILL");
  await program.ended().expect({ signal: "SIGKILL", stderr: "  branch  fix, new, from main@[SHA]\n" });
  await box.fleet(["create", "other", "--quick"], at).expect({
    stdout: "other\n",
    stderr: [
      "fix: its creation was interrupted after it had started; it is in the list now\n",
      "  branch  other, new, from main@[SHA]\n",
      "  agent   demo, never asks  [TIME]\n",
      "other is ready for a prompt.\n",
      "  fleet attach other     fleet logs -f other     fleet kill other\n",
    ].join(""),
  });
  writeFileSync(join(box.home, "go"), "");
  await untilDemo(box, "fix", "idle", 1);
  await box.fleet(["kill", "fix", "other"], at).expect(endedAll(2));
  await expectNothingLeft(box, project, { branches: ["main", "fix"] });
});

test("a fleet that is killed before the session exists leaves what the next command undoes, and says so", async () => {
  await using box = await demoSandbox();
  const project = await box.repository();
  const at = { cwd: project.path };
  const waits = 'touch "$HOME/hooked"; while [ -e "$HOME/hooked" ]; do sleep 0.02; done';
  const hook = project.hook("post-checkout", waits);
  const program = box.start(["create", "fix", "-p", "go"], at);
  await eventually(() => Bun.file(join(box.home, "hooked")).exists(), { what: "the hook to run" });
  program.signal("SIGKILL");
  rmSync(hook);
  rmSync(join(box.home, "hooked"));
  await program.ended();
  expect((await project.git("worktree", "list")).split("\n").length).toBe(2);
  await box.fleet(["create", "other"], at).expect({
    stdout: "other\n",
    stderr: /^fix: its creation was interrupted; what was there of it is gone\n/,
  });
  await box.fleet(["kill", "other"], at);
  await expectNothingLeft(box, project);
});

test("a second fleet does not touch what a living one is making", async () => {
  await using box = await demoSandbox('setup_commands = ["until [ -e ~/go ]; do sleep 0.02; done"]\n');
  const project = await box.repository();
  const at = { cwd: project.path };
  const program = await createInSetup(box, project.path);
  await box.fleet(["create", "other", "--quick"], at).expect({ stdout: "other\n", stderr: /^ {2}branch {2}other/ });
  await box.fleet(["create", "fix"], at).expect({ code: 1, stderr: /^✗ fix already has an agent, started .* ago\n/ });
  writeFileSync(join(box.home, "go"), "");
  await program.ended().expect({ stdout: "fix\n", stderr: /\nfix is working\.\n/ });
  await untilDemo(box, "fix", "idle", 1);
  expect(readFileSync(join(agentDirectory(box, "fix"), "setup.log"), "utf8")).toStartWith("$ until ");
});

for (const [signal, code, word] of [
  ["SIGINT", 130, "interrupted"],
  ["SIGTERM", 143, "terminated"],
] as const) {
  test(`${signal} while the setup runs calls the agent off and leaves nothing, not even what the setup started`, async () => {
    await using box = await demoSandbox('setup_commands = ["sleep 60 & sleep 60"]\n');
    const project = await box.repository();
    const program = box.start(["create", "fix", "-p", "task"], { cwd: project.path });
    await eventually(async () => (await box.processes()).filter(({ command }) => command === "sleep 60").length === 2, {
      what: "the setup command to run",
    });
    program.signal(signal);
    await program.ended().expect({ code, stderr: `  branch  fix, new, from main@[SHA]\n✗ ${word}\n` });
    await expectNothingLeft(box, project);
  });
}
