import { expect, test } from "bun:test";
import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { eventually } from "../helpers/wait.ts";
import { agentOn, demoSandbox, fleetHome, registered, textOf } from "./agents.ts";
import { demoHosts } from "./demo-hosts.ts";

test("an agent goes to another machine and back, with its commits, staged and unsaved files", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1", "far2"]);
  const cwd = project.path;
  await box.fleet(["create", "fix"], { cwd });
  const here = join(fleetHome(box), "worktrees/fix");
  writeFileSync(join(here, "staged.txt"), "staged\n");
  await box.run(["git", "add", "staged.txt"], { cwd: here });
  writeFileSync(join(here, "unsaved.txt"), "unsaved\n");
  await box.fleet(["move", "fix", "--host", "far1"], { cwd }).expect({
    stdout: "  fix  is on far1  runs, with a new conversation\n",
  });
  expect(registered(box)).toEqual([]);
  expect(await project.git("branch", "--list", "fix")).toBe("");
  const there = join(far.far1.home, ".ai_fleet/worktrees/fix");
  expect(textOf(join(there, "unsaved.txt"))).toBe("unsaved\n");
  expect((await box.run(["git", "status", "--short"], { cwd: there })).stdout).toBe("A  staged.txt\n?? unsaved.txt\n");
  await box.fleet(["create", "fix"], { cwd }).expect({ code: 1, stderr: /fix already has an agent, on far1/ });
  await box.fleet(["restore", "fix"], { cwd }).expect({ code: 1, stderr: /no killed agent called fix is kept here/ });
  writeFileSync(join(there, "unsaved.txt"), "more\n");
  await box.fleet(["move", "fix", "--host", "far2"], { cwd }).expect({
    stdout: "  fix  is on far2  runs, with a new conversation\n",
  });
  expect(readdirSync(dirname(there)).filter((name) => !name.startsWith("."))).toEqual([]);
  await box.fleet(["move", "fix", "--here"], { cwd }).expect({
    stdout: "  fix  is here  runs, with a new conversation\n",
  });
  expect(textOf(join(agentOn(box, "fix").worktree, "unsaved.txt"))).toBe("more\n");
  await box.fleet(["move", "fix", "--here"], { cwd }).expect({ code: 2, stderr: /^✗ fix is already here\n/ });
  await box.fleet(["move", "fix", "--host", "far2"], { cwd }).expect({
    stdout: "  fix  is on far2  runs, with a new conversation\n",
  });
  await box.fleet(["kill", "fix"], { cwd }).expect({ stdout: /fix {2}ended/, stderr: /./ });
});

test("what cannot get there goes on where it was", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const cwd = project.path;
  await box.fleet(["create", "fix"], { cwd });
  // Unpacking fails there: something is in the way.
  writeFileSync(join(far.far1.home, ".ai_fleet/worktrees"), "");
  const moved = await box.fleet(["move", "fix", "--host", "far1"], { cwd });
  expect(moved.code).toBe(1);
  const { agents } = JSON.parse((await box.fleet(["list", "--json"], { cwd })).stdout);
  expect(agents).toMatchObject([{ branch: "fix", repo: cwd, status: "idle" }]);
});

test("what no commit can carry is named before an agent is stopped for a move, here and there", async () => {
  await using box = await demoSandbox('keep_ignored = ["*.model"]\n');
  const project = await box.repository("project", { files: { ".gitignore": "*.model\n" } });
  await using far = await demoHosts(box, ["far1"]);
  const cwd = project.path;
  await box.fleet(["create", "fix"], { cwd });
  const here = agentOn(box, "fix").worktree;
  writeFileSync(join(here, "big.model"), "trained\n");
  await box.run(["git", "init", "--quiet", "inner"], { cwd: here });
  await box.fleet(["move", "fix", "--host", "far1"], { cwd }).expect({
    code: 1,
    stderr:
      /^✗ fix cannot take along to another machine: inner, a repository; big\.model, an ignored file that keep_ignored names\n/,
  });
  expect((await box.fleet(["list", "--format", "{{branch}} {{status}}"], { cwd })).stdout).toBe("fix idle\n");
  rmSync(join(here, "big.model"));
  rmSync(join(here, "inner"), { recursive: true });
  await box.fleet(["move", "fix", "--host", "far1"], { cwd }).expect({ stdout: /fix {2}is on far1/ });
  const there = join(far.far1.home, ".ai_fleet/worktrees/fix");
  await box.run(["git", "init", "--quiet", "inner"], { cwd: there });
  await box.fleet(["move", "fix", "--here"], { cwd }).expect({
    code: 1,
    stderr: /✗ fix cannot take along to another machine: inner, a repository\n/,
  });
  expect((await box.fleet(["list", "--format", "{{host}} {{status}}"], { cwd })).stdout).toMatch(
    /^far1 (?:idle|starting)\n$/,
  );
});

test("Claude Code goes on with its conversation on the other machine", async () => {
  await using box = await demoSandbox();
  const project = await box.repository("project");
  await using far = await demoHosts(box, ["far1"]);
  const cwd = project.path;
  appendFileSync(join(fleetHome(box), "config.toml"), 'env = { IS_SANDBOX = "1" }\n');
  const script = '#!/bin/sh\necho "$@" > "$HOME/claude-args"\nexec sleep 1000\n';
  writeFileSync(join(box.bin, "claude"), script, { mode: 0o755 });
  await box.fleet(["create", "fix", "--agent", "claude"], { cwd, env: { IS_SANDBOX: "1" } });
  const { agent_session: session, worktree } = agentOn(box, "fix") as unknown as Record<string, string>;
  const said = `{"type":"user","message":{"content":"fix it"}}\n`;
  const transcript = join(
    box.home,
    ".claude/projects",
    `${worktree}`.replace(/[^A-Za-z0-9]/g, "-"),
    `${session}.jsonl`,
  );
  mkdirSync(dirname(transcript), { recursive: true });
  writeFileSync(transcript, said);
  await box.fleet(["move", "fix", "--host", "far1"], { cwd, env: { IS_SANDBOX: "1" } }).expect({
    stdout: "  fix  is on far1  goes on with its conversation\n",
  });
  const folder = join(far.far1.home, ".ai_fleet/worktrees/fix").replace(/[^A-Za-z0-9]/g, "-");
  const there = join(far.far1.home, ".claude/projects", folder, `${session}.jsonl`);
  expect(textOf(there)).toBe(said);
  await eventually(() => textOf(join(far.far1.home, "claude-args")).includes(`--resume ${session}`), {
    what: "it runs",
  });

  // What was said there is not forgotten on the way back, where an earlier part of it still lies; and what went another way is kept.
  appendFileSync(there, said);
  await box.fleet(["move", "fix", "--here"], { cwd, env: { IS_SANDBOX: "1" } }).expect({
    stdout: "  fix  is here  goes on with its conversation\n",
  });
  expect(textOf(transcript)).toBe(said + said);
  writeFileSync(transcript, `${said}another way\n`);
  await box.fleet(["move", "fix", "--host", "far1"], { cwd, env: { IS_SANDBOX: "1" } }).expect({ stdout: /far1/ });
  expect(textOf(there)).toBe(`${said}another way\n`);
  const kept = readdirSync(dirname(there)).filter((name) => name.endsWith(".kept"));
  expect(kept.map((name) => textOf(join(dirname(there), name)))).toEqual([said + said]);
});
